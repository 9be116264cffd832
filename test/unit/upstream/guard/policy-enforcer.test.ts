// A policy refuses, redacts or passes a response the same way, however it is streamed.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseGuard } from '../../../../services/upstream/guard/response-guard.ts';
import { PolicyEnforcer } from '../../../../services/upstream/guard/policy-enforcer.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import type { Annotations } from '../../../../shared/annotations.ts';
import type { Policy } from '../../../../shared/policy/policy.ts';
import { compiled, words } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { transform } from '../../../kit/transforms.ts';

const REDACTS = {
  id: 'names',
  on: 'response',
  match: words('Globex', 'Initech'),
  action: 'redact',
};
const BLOCKS = { id: 'blocks', on: 'response', match: words('red herring'), action: 'block' };
const CUTS = { ...BLOCKS, id: 'cuts', stream: { mode: 'cut' } };
const TOOLS = { ...BLOCKS, id: 'tools', scope: { parts: ['tool_use'] } };
const POLICY = compiled([REDACTS, BLOCKS]);

interface Guarded {
  readonly text: string;
  readonly chunks: number;
  readonly error: unknown;
  readonly annotations: Annotations;
}

async function guarded(
  policy: Policy,
  chunks: Iterable<string>,
  how: { isStream?: boolean; breaks?: boolean } = {},
): Promise<Guarded> {
  const guard = new ResponseGuard(policy, { key: 'k', model: 'm' }, () => ({
    usage: { input: 5, output: 1 },
    isCached: false,
    annotations: {},
  }));
  const sent = await transform([new PolicyEnforcer(guard)], chunks, how);
  return { ...sent, chunks: sent.chunks.length, annotations: guard.annotations() };
}

function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const START = event('message_start', { message: { content: [] } });
const PING = event('ping');
const OPEN = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const STOP = event('content_block_stop', { index: 0 });
const END = event('message_delta', { delta: { stop_reason: 'end_turn' } }) + event('message_stop');

function delta(text: string, index = 0): string {
  return event('content_block_delta', { index, delta: { type: 'text_delta', text } });
}

function streamOf(chunks: readonly string[]): string[] {
  return [START, PING, OPEN, ...chunks.map((chunk) => delta(chunk)), STOP, END];
}

function bufferedOf(text: string): string {
  return JSON.stringify({ type: 'message', content: [{ type: 'text', text }] });
}

/** All text of an event stream's deltas. */
function textOf(stream: string): string {
  return [...stream.matchAll(/^data: ([^\n]*)/gm)]
    .map(([, data]) => (JSON.parse(data ?? '') as { delta?: { text?: string } }).delta?.text ?? '')
    .join('');
}

function names(stream: string): (string | undefined)[] {
  return Array.from(stream.matchAll(/^event: (.*)$/gm), ([, name]) => name);
}

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'Globex',
        'initech',
        'red',
        'herring',
        'red herring',
        'Glo',
        'bex',
        ' ',
        '\n',
        '😀',
      ),
      fc.constantFrom('and so on and on ', 'word '.repeat(60), 'x'.repeat(100)),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((chunks) => chunks.join(' '));

describe('a response under a policy', () => {
  it('passes text byte for byte if it need not wait', async () => {
    // Escapes that a serializer would not produce.
    const escaped = delta('X').replace('"X"', '"\\u0058 \\/ \\u00e9"');
    const stream = [START, OPEN, escaped, STOP, END];
    expect((await guarded(compiled([CUTS]), stream)).text).toBe(stream.join(''));
  });

  it('is evaluated the same buffered and streamed, wherever the stream is cut', async () => {
    await checkProperty(
      fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 12 }), async (response, places) => {
        const chars = Array.from(response);
        const borders = places.map((place) => place % (chars.length + 1)).toSorted((a, b) => a - b);
        const chunks = [...borders, chars.length].map((end, at) =>
          chars.slice(borders[at - 1] ?? 0, end).join(''),
        );
        const buffered = await guarded(POLICY, [bufferedOf(response)], { isStream: false });
        const stream = await guarded(POLICY, streamOf(chunks));
        expect(stream.error instanceof LlmpError).toBe(buffered.error instanceof LlmpError);
        // A refused stream is not read to its end.
        const annotations = ({ error, annotations: all }: Guarded) => (error ? 'refused' : all);
        expect(annotations(stream)).toEqual(annotations(buffered));
        const evaluated = buffered.error
          ? ''
          : (JSON.parse(buffered.text) as { content: { text: string }[] });
        const bufferedText = evaluated === '' ? undefined : evaluated.content[0]?.text;
        expect(buffered.error ? undefined : textOf(stream.text)).toBe(bufferedText);
      }),
      { runs: 300 },
    );
  });

  it('shows nothing of a match, wherever it is cut', async () => {
    const response = `${'word '.repeat(80)}a red herring and more`;
    for (let at = 395; at < response.length; at++) {
      const { text: shown, error } = await guarded(
        POLICY,
        streamOf([response.slice(0, at), response.slice(at)]),
      );
      expect(error).toMatchObject({ code: 'policy_blocked', details: { rule: 'blocks' } });
      expect(textOf(shown)).not.toContain('red');
    }
  });

  it('closes its blocks before it is refused mid-stream', async () => {
    const { text: shown } = await guarded(
      POLICY,
      streamOf(['word '.repeat(200), 'red herring', ' x'.repeat(300)]),
    );
    expect(names(shown).slice(0, 3)).toEqual(['message_start', 'ping', 'content_block_start']);
    expect(names(shown).at(-1)).toBe('content_block_stop');
    expect(names(shown).filter((name) => name === 'content_block_stop')).toHaveLength(1);
  });

  it('is refused before anything is sent if no content was shown', async () => {
    const { text: shown, chunks, error } = await guarded(POLICY, streamOf(['a red herring']));
    expect([shown, chunks]).toEqual(['', 0]);
    expect(error).toMatchObject({ code: 'policy_blocked', status: 400, retry: false });
  });

  it('reports its token usage if it is refused', async () => {
    const { error } = await guarded(POLICY, streamOf(['a red herring', ` ${'x'.repeat(386)}`]));
    expect(error).toMatchObject({
      usage: { input: 5, output: 100 },
      annotations: { responsePolicyHits: 'block:blocks' },
    });
  });

  it('has no token usage if it is refused after a cache hit', async () => {
    const guard = new ResponseGuard(POLICY, { key: 'k', model: 'm' }, () => ({
      usage: { input: 0, output: 0 },
      isCached: true,
      annotations: {},
    }));
    const evaluation = guard.startEvaluation('assistant');
    expect(() => {
      evaluation.push('a red herring');
      evaluation.end();
    }).toThrow(
      expect.objectContaining({
        usage: { input: 0, output: 0 },
        annotations: expect.not.objectContaining({ responseWithheld: true }),
      }),
    );
  });

  it.each([
    ['events have no name', (one: string) => one.replace(/^event: .*\n/, '')],
    ['event names differ', (one: string) => one.replace(/^event: .*\n/, 'event: ping\n')],
  ])('is evaluated by its data if %s', async (_, renamed) => {
    const stream = streamOf(['a red herring']).map(renamed);
    const { text: shown, error } = await guarded(POLICY, stream);
    expect(error).toMatchObject({ code: 'policy_blocked' });
    expect(shown).toBe('');
  });

  it('is held only for its text', async () => {
    const thinking = event('content_block_delta', { index: 0, delta: { type: 'thinking_delta' } });
    const open = event('content_block_start', { index: 0, content_block: { type: 'thinking' } });
    const { text: shown } = await guarded(POLICY, [START, open, thinking], { breaks: true });
    expect(names(shown)).toEqual(['message_start', 'content_block_start', 'content_block_delta']);
  });

  it('is not changed by rules for requests or other models, or in monitor mode', async () => {
    const stream = streamOf(['Globex has a red herring']);
    const untouched = [
      compiled([{ ...BLOCKS, on: 'request' }]),
      compiled([{ ...BLOCKS, when: { models: ['other'] } }]),
      compiled([REDACTS, BLOCKS], { mode: 'monitor' }),
      compiled([{ ...BLOCKS, action: 'flag' }]),
    ];
    for (const policy of untouched) {
      const { text: shown, chunks, error } = await guarded(policy, stream);
      expect(shown).toBe(stream.join(''));
      expect(chunks).toBe(stream.length);
      expect(error).toBeUndefined();
    }
    const { annotations } = await guarded(compiled([REDACTS, BLOCKS], { mode: 'monitor' }), stream);
    expect(annotations['responsePolicyHits']).toBe('would-redact:names would-block:blocks');
  });

  it('flows in cut mode until a match is found', async () => {
    const stream = streamOf(['so far so good ', 'and a red herring is here', ' x'.repeat(100)]);
    const { text: shown, error } = await guarded(compiled([CUTS]), stream);
    expect(error).toMatchObject({ details: { rule: 'cuts' } });
    expect(shown.startsWith(stream.slice(0, 5).join(''))).toBe(true);
    expect(names(shown).at(-1)).toBe('content_block_stop');
  });

  it('is evaluated as far as it was received if the upstream breaks off', async () => {
    const broken = await guarded(POLICY, streamOf(['Ask Globex']).slice(0, 4), { breaks: true });
    expect(textOf(broken.text)).toBe('Ask [REDACTED_NAMES]');
    expect(broken.error).toMatchObject({ code: 'upstream_disconnected' });
    const refused = await guarded(POLICY, streamOf(['a red herring']).slice(0, 4), {
      breaks: true,
    });
    expect(refused.text).toBe('');
    expect(refused.error).toMatchObject({ code: 'policy_blocked' });
  });

  it('passes an upstream error after held text', async () => {
    const error = event('error', { error: { type: 'overloaded_error' } });
    const { text: shown } = await guarded(POLICY, [START, OPEN, delta('Ask Globex'), error]);
    expect(textOf(shown)).toBe('Ask [REDACTED_NAMES]');
    expect(names(shown).at(-1)).toBe('error');
  });

  describe('with a tool call', () => {
    const call = (...parts: readonly string[]) => [
      START,
      event('content_block_start', {
        index: 0,
        content_block: { type: 'tool_use', id: 't', name: 'Bash', input: {} },
      }),
      ...parts.map((part) =>
        event('content_block_delta', {
          index: 0,
          delta: { type: 'input_json_delta', partial_json: part },
        }),
      ),
      STOP,
      END,
    ];

    it('is evaluated by the texts of its input, however they are escaped and cut', async () => {
      const policy = compiled([TOOLS]);
      const bad = await guarded(policy, call('{"command":"a r', String.raw`ed\u0020herr`, 'ing"}'));
      expect(bad).toMatchObject({ text: '', error: { details: { rule: 'tools' } } });
      const good = await guarded(policy, call('{"a":"red","b":', '"herring"}'));
      expect(good.text).toBe(call('{"a":"red","b":', '"herring"}').join(''));
      const key = await guarded(policy, call('{"red herring":1}'));
      expect(key.error).toMatchObject({ code: 'policy_blocked' });
      const cut = await guarded(policy, call('{"a":"red herring'));
      expect(cut.error).toMatchObject({ code: 'policy_blocked' });
    });

    it('is evaluated the same in a buffered message', async () => {
      const content = [{ type: 'tool_use', id: 't', name: 'Bash', input: { c: ['red herring'] } }];
      const body = JSON.stringify({ type: 'message', content });
      const { error } = await guarded(compiled([TOOLS]), [body], { isStream: false });
      expect(error).toMatchObject({ details: { rule: 'tools' } });
    });

    it('is never redacted, because that would change the call', async () => {
      const stream = call('{"name":"Globex"}');
      const { text: shown, annotations } = await guarded(compiled([REDACTS]), stream);
      expect(shown).toBe(stream.join(''));
      expect(annotations['responsePolicyHits']).toBe('redact:names');
    });
  });

  it('passes if it is not JSON or has no text', async () => {
    for (const body of ['not json', '{}', '{"content":"red herring"}', '[]', '']) {
      const { text: shown, error } = await guarded(POLICY, [body], { isStream: false });
      expect([shown, error]).toEqual([body, undefined]);
    }
  });
});
