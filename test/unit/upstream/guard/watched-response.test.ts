// What a model writes of its own accord: counted, or redacted while it streams.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResponseAction, Counts } from '../../../../services/upstream/guard/response-rules.ts';
import { HOLD_UNITS, TextRedactor } from '../../../../services/upstream/guard/text-redactor.ts';
import { watchedAnswer } from '../../../../services/upstream/guard/watched-response.ts';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../shared/privacy/detect/scan.ts';
import { limits } from '../../../../shared/limits.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { checkProperty } from '../../../kit/properties.ts';

const SCANNER = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
const MAIL = 'ann.lee@corp-mail.org';
const CARD = '4111 1111 1111 1111';

async function watched(
  action: ResponseAction,
  chunks: Iterable<string>,
  { isStream = true, breaks = false } = {},
): Promise<{ text: string; counts: Counts; error: unknown }> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
    if (breaks) throw new LlmpError('upstream_disconnected');
  }
  const rules = { scanner: SCANNER, actionFor: () => action };
  const { body, counts } = watchedAnswer(source(), isStream, rules, 'key');
  let text = '';
  let error: unknown;
  try {
    for await (const bytes of body) text += Buffer.from(bytes).toString();
  } catch (thrown) {
    error = thrown;
  }
  return { text, counts, error };
}

function event(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

function delta(text: string, type = 'text_delta', key = 'text', index = 0): string {
  return event('content_block_delta', { index, delta: { type, [key]: text } });
}

const STOP = event('content_block_stop', { index: 0 }) + event('message_stop', {});

/** All text of an event stream's deltas. */
function said(stream: string): string {
  return [...stream.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => (JSON.parse(data ?? '') as { delta?: { text?: string } }).delta?.text ?? '')
    .join('');
}

describe('an answer that is watched', () => {
  it('is counted without a byte of it changed', async () => {
    const stream = [delta('Ask ann.lee@cor'), delta('p-mail.org or '), delta(MAIL), STOP];
    const { text, counts } = await watched('report', stream);
    expect(text).toBe(stream.join(''));
    expect(counts).toEqual({ EMAIL_ADDRESS: 2 });
  });

  it('is not looked at where the rules say so', async () => {
    const { text, counts } = await watched('ignore', [delta(MAIL), STOP]);
    expect([text, counts]).toEqual([delta(MAIL) + STOP, {}]);
  });

  it('is redacted wherever its deltas are cut', async () => {
    const whole = `Write to ${MAIL}, ${'pay with it. '.repeat(30)}${CARD}; or ${MAIL}! 😀`;
    const redacted = whole
      .replaceAll(MAIL, '[REDACTED_EMAIL_ADDRESS]')
      .replace(CARD, '[REDACTED_CREDIT_CARD]');
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 });
    await checkProperty(
      fc.asyncProperty(sizes, async (units) => {
        const chunks: string[] = [];
        for (let at = 0, n = 0; at < whole.length; n += 1) {
          const size = units[n % units.length] ?? 1;
          chunks.push(delta(whole.slice(at, at + size)));
          at += size;
        }
        const { text, counts } = await watched('redact', [...chunks, STOP]);
        expect(said(text)).toBe(redacted);
        expect(text.endsWith(STOP)).toBe(true);
        expect(counts).toEqual({ EMAIL_ADDRESS: 2, CREDIT_CARD: 1 });
      }),
    );
  });

  it('gives what was held back before its error', async () => {
    const { text, error } = await watched('redact', [delta('half')], { breaks: true });
    expect(said(text)).toBe('half');
    expect(error).toMatchObject({ code: 'upstream_disconnected' });
  });

  it('keeps what the model thinks and what it gives to tools, and counts the latter', async () => {
    const thinking = delta(MAIL, 'thinking_delta', 'thinking');
    const input = delta(`{"to":"${MAIL}"}`, 'input_json_delta', 'partial_json');
    const { text, counts } = await watched('redact', [thinking, input, STOP]);
    expect(text).toBe(thinking + input + STOP);
    expect(counts).toEqual({ EMAIL_ADDRESS: 1 });
  });

  it.each([
    ['report', MAIL],
    ['redact', '[REDACTED_EMAIL_ADDRESS]'],
  ] as const)('does the same to a reply that is not a stream: %s', async (action, shown) => {
    const reply = (text: string) =>
      `{ "n": 1.0, "content":[{"type":"text","text":"To ${text}"},{"type":"tool_use","input":{"to":"${MAIL}"}}]}`;
    const { text, counts } = await watched(action, [reply(MAIL)], { isStream: false });
    expect(text).toBe(reply(shown));
    expect(counts).toEqual({ EMAIL_ADDRESS: 2 });
  });

  it('is given up, not held, when it is larger than any reply may be', async () => {
    const chunk = ' '.repeat(8 * 1024 * 1024);
    let taken = 0;
    function* endless() {
      for (; taken < 100; taken += 1) yield chunk;
    }
    const { error } = await watched('report', endless(), { isStream: false });
    expect(error).toMatchObject({ code: 'upstream_disconnected' });
    expect(taken).toBeLessThanOrEqual(limits.responseBytesMax / chunk.length);
  });

  it('passes what is no message on as it is', async () => {
    const { text } = await watched('redact', ['not', ' json'], { isStream: false });
    expect(text).toBe('not json');
  });
});

describe('the hold of a redactor', () => {
  it('is bounded, and cuts no character in two', () => {
    const redactor = new TextRedactor(SCANNER, {});
    let sent = '';
    for (let n = 0; n < 500; n += 1) {
      sent += redactor.push('😀x');
      expect((n + 1) * 3 - sent.length).toBeLessThan(HOLD_UNITS * 1.5 + 3);
      expect(sent.isWellFormed()).toBe(true);
    }
    expect(sent + redactor.end()).toBe('😀x'.repeat(500));
  });
});
