// Personal data in responses is counted, or redacted while it streams.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntityCounts } from '../../../../services/upstream/guard/response-rules.ts';
import { HOLD_CHARS, TextRedactor } from '../../../../services/upstream/guard/text-redactor.ts';
import { ResponseRedactor } from '../../../../services/upstream/guard/response-redactor.ts';
import { BufferedSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { ResponsePipeline } from '../../../../shared/anthropic/sse/response-transform.ts';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../shared/privacy/detect/scan.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { transform } from '../../../kit/transforms.ts';

const SCANNER = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
const MAIL = 'ann.lee@corp-mail.org';
const CARD = '4111 1111 1111 1111';

async function watched(
  action: 'report' | 'redact',
  chunks: Iterable<string>,
  how: { isStream?: boolean; breaks?: boolean } = {},
): Promise<{ text: string; counts: EntityCounts; error: unknown }> {
  const redactor = new ResponseRedactor(SCANNER, action);
  const { text, error } = await transform([redactor], chunks, how);
  return { text, counts: redactor.counts, error };
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function delta(text: string, type = 'text_delta', key = 'text', index = 0): string {
  return event('content_block_delta', { index, delta: { type, [key]: text } });
}

const STOP = event('content_block_stop', { index: 0 }) + event('message_stop', {});

/** All text of an event stream's deltas. */
function textOf(stream: string): string {
  return [...stream.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => (JSON.parse(data ?? '') as { delta?: { text?: string } }).delta?.text ?? '')
    .join('');
}

describe('a watched response', () => {
  it('is counted without changing a byte', async () => {
    const stream = [delta('Ask ann.lee@cor'), delta('p-mail.org or '), delta(MAIL), STOP];
    const { text, counts } = await watched('report', stream);
    expect(text).toBe(stream.join(''));
    expect(counts).toEqual({ EMAIL_ADDRESS: 2 });
  });

  it('is redacted wherever its deltas are cut', async () => {
    const original = `Write to ${MAIL}, ${'pay with it. '.repeat(30)}${CARD}; or ${MAIL}! 😀`;
    const redacted = original
      .replaceAll(MAIL, '[REDACTED_EMAIL_ADDRESS]')
      .replace(CARD, '[REDACTED_CREDIT_CARD]');
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });
    await checkProperty(
      fc.asyncProperty(sizes, async (lengths) => {
        const chunks: string[] = [];
        for (let at = 0, n = 0; at < original.length; n += 1) {
          const size = lengths[n % lengths.length] ?? 1;
          chunks.push(delta(original.slice(at, at + size)));
          at += size;
        }
        const { text, counts } = await watched('redact', [...chunks, STOP]);
        expect(textOf(text)).toBe(redacted);
        expect(text.endsWith(STOP)).toBe(true);
        expect(counts).toEqual({ EMAIL_ADDRESS: 2, CREDIT_CARD: 1 });
      }),
    );
  });

  it('yields held text before its error', async () => {
    const { text, error } = await watched('redact', [delta('half')], { breaks: true });
    expect(textOf(text)).toBe('half');
    expect(error).toMatchObject({ code: 'upstream_disconnected' });
  });

  it('keeps thinking and tool input, and counts findings in tool input', async () => {
    const thinking = delta(MAIL, 'thinking_delta', 'thinking');
    const input = delta(`{"to":"${MAIL}"}`, 'input_json_delta', 'partial_json');
    const { text, counts } = await watched('redact', [thinking, input, STOP]);
    expect(text).toBe(thinking + input + STOP);
    expect(counts).toEqual({ EMAIL_ADDRESS: 1 });
  });

  it.each([
    ['report', MAIL],
    ['redact', '[REDACTED_EMAIL_ADDRESS]'],
  ] as const)('is treated the same if buffered: %s', async (action, shown) => {
    const body = (text: string) =>
      `{ "n": 1.0, "content":[{"type":"text","text":"To ${text}"},{"type":"tool_use","input":{"to":"${MAIL}"}}]}`;
    const { text, counts } = await watched(action, [body(MAIL)], { isStream: false });
    expect(text).toBe(body(shown));
    expect(counts).toEqual({ EMAIL_ADDRESS: 2 });
  });

  it('is watched by the type in its data if its events have no name or another one', async () => {
    for (const name of ['', 'event: ping\n']) {
      const renamed = (delta(MAIL) + STOP).replaceAll(/^event: .*\n/gm, name);
      const { text, counts } = await watched('redact', [renamed]);
      expect([textOf(text), counts]).toEqual(['[REDACTED_EMAIL_ADDRESS]', { EMAIL_ADDRESS: 1 }]);
    }
  });

  it('keeps bytes that are not valid UTF-8 beside a redacted text', async () => {
    const body = Buffer.from(`{"x":"?","content":[{"type":"text","text":"é ${MAIL}"}]}`);
    body[body.indexOf('?')] = 0xff;
    const source = new BufferedSource();
    source.push(body);
    const pipeline = new ResponsePipeline(source, [new ResponseRedactor(SCANNER, 'redact')]);
    const sent = Buffer.from(pipeline.end());
    expect(sent[body.indexOf(0xff)]).toBe(0xff);
    expect(sent.toString()).toContain('"é [REDACTED_EMAIL_ADDRESS]"');
  });

  it('passes text that is not a message unchanged', async () => {
    const { text } = await watched('redact', ['not', ' json'], { isStream: false });
    expect(text).toBe('not json');
  });
});

describe('the held text of a redactor', () => {
  it('is bounded, and splits no surrogate pair', () => {
    const redactor = new TextRedactor(SCANNER, {});
    let sent = '';
    for (let n = 0; n < 500; n += 1) {
      sent += redactor.push('😀x');
      expect((n + 1) * 3 - sent.length).toBeLessThan(HOLD_CHARS * 1.5 + 3);
      expect(sent.isWellFormed()).toBe(true);
    }
    expect(sent + redactor.end()).toBe('😀x'.repeat(500));
  });
});
