// How long the head of a response is held, and what is read from it before.

import { describe, expect, it } from 'vitest';
import { createCheckedTransport } from '../../../../services/upstream/http/checked-transport.ts';
import type { UpstreamResponse } from '../../../../services/upstream/transport.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { CONTENT, errorEvent, event, PING, START } from '../../../kit/two-upstreams.ts';

const LIMITS = { holdMs: 1_000, holdBytesMax: 2_000, idleMs: 60_000 };
const STREAM = ['content-type', 'text/event-stream'];
const JSON_TYPE = ['content-type', 'application/json'];

interface Setup {
  readonly status?: number;
  readonly headers?: readonly string[];
  /** A number pauses for that many milliseconds of the clock. */
  readonly steps: readonly (Uint8Array | string | number)[];
  readonly holdsHead?: boolean;
  readonly idleMs?: number;
}

/** Asks a transport whose body follows the steps, and tells when its response came. */
async function ask({ status = 200, headers = STREAM, steps, holdsHead = true, idleMs }: Setup) {
  const clock = createFakeClock();
  let headMs: number | undefined;
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const step of steps) {
      if (typeof step !== 'number') yield Buffer.from(step);
      else await new Promise<void>((resolve) => void clock.after(step, resolve));
    }
  }
  const limits = { ...LIMITS, ...(idleMs === undefined ? {} : { idleMs }) };
  const transport = createCheckedTransport(
    () => Promise.resolve({ status, headers, body: body() }),
    { clock, limits, holdsHead },
  );
  const asked = transport({
    method: 'POST',
    path: '/v1/messages',
    headers: [],
    body: requestBodyOf('{}'),
    signal: new AbortController().signal,
    onHead: () => (headMs = clock.monotonic()),
  });
  let isSettled = false;
  const settle = () => (isSettled = true);
  asked.then(settle, settle);
  const runClock = async (isOver: () => boolean) => {
    while (!isOver()) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (!isOver()) clock.advance(50);
    }
  };
  await runClock(() => isSettled);
  const heldMs = clock.monotonic();
  const result = await asked.catch((error: unknown) => error as { code: string });
  const textOf = async ({ body: chunks }: UpstreamResponse) => {
    let text: string | undefined;
    const reading = Array.fromAsync(chunks).then((all) => (text = Buffer.concat(all).toString()));
    await runClock(() => text !== undefined);
    return await reading;
  };
  const text = 'body' in result ? await textOf(result) : undefined;
  return { result, heldMs, headMs, text };
}

const textOfSteps = (steps: Setup['steps']) =>
  Buffer.concat(
    steps.filter((step) => typeof step !== 'number').map((step) => Buffer.from(step)),
  ).toString();

describe('the head of a stream', () => {
  it.each<[what: string, steps: Setup['steps'], heldMs: number]>([
    ['until its content begins', [START, 300, PING, 300, ...CONTENT, 5_000, PING], 600],
    ['until the message is complete without content', [START, 200, event('message_stop')], 200],
    ['no longer than the time bound', [START, PING, 9_000, ...CONTENT], 1_000],
    ['no longer than the time bound, before its first byte', [9_000, START, ...CONTENT], 1_000],
    ['no longer than the time bound, although pings come', [START, 600, PING, 600, PING], 1_000],
    ['no longer than the byte bound', [START, 'x'.repeat(3_000), 9_000, '\n\n', PING], 0],
  ])('is held %s', async (_, steps, heldMs) => {
    const { result, text, ...held } = await ask({ steps });
    expect(result).toMatchObject({ status: 200, bodyKind: 'events' });
    expect(Math.abs(held.heldMs - heldMs)).toBeLessThanOrEqual(50);
    expect(held.headMs).toBe(0);
    expect(text).toBe(textOfSteps(steps));
  });

  it('is held no longer than an upstream may be silent', async () => {
    const { heldMs } = await ask({ steps: [START, 9_000, ...CONTENT], idleMs: 100 });
    expect(heldMs).toBeLessThanOrEqual(150);
  });

  it('is held only until its first byte where no other upstream can be asked', async () => {
    const steps = [300, START, 900, errorEvent('overloaded_error')];
    const { result, heldMs, text } = await ask({ steps, holdsHead: false });
    expect(result).not.toHaveProperty('error');
    expect(heldMs).toBeLessThanOrEqual(350);
    expect(text).toBe(textOfSteps(steps));
  });

  it('comes with the error that is in place of content', async () => {
    const steps = [START, PING, errorEvent('overloaded_error', 'Try later'), 9_000];
    const { result, heldMs } = await ask({ steps });
    expect(result).toMatchObject({ error: { type: 'overloaded_error', message: 'Try later' } });
    expect(heldMs).toBe(0);
  });

  it('never comes when the stream ends before its content', async () => {
    expect((await ask({ steps: [START, 200, PING] })).result).toMatchObject({
      code: 'upstream_disconnected',
    });
  });
});

describe('what a body is', () => {
  it.each<[what: string, setup: Setup, expected: object]>([
    ['JSON', { headers: JSON_TYPE, steps: ['{"a":', '1}'] }, { bodyKind: 'json' }],
    ['JSON byte by byte', { headers: [], steps: [' ', '{', '}'] }, { bodyKind: 'json' }],
    [
      'an error that stays open',
      { status: 400, headers: JSON_TYPE, steps: ['{"error":{"type":"api_error"}}', 9_000] },
      { error: { type: 'api_error' } },
    ],
    [
      'an error of a router in place of a message',
      { headers: JSON_TYPE, steps: ['{"error":{"code":"overloaded","message":"no"}}'] },
      { error: { type: 'overloaded', message: 'no' } },
    ],
    [
      'a stream that says it is text, byte by byte',
      { headers: ['Content-Type', 'text/plain'], steps: ['e', 'v', 'ent: ping\n\n', ...CONTENT] },
      { bodyKind: 'events' },
    ],
    ['JSON after white space', { headers: [], steps: [' \r\n', '\t{}'] }, { bodyKind: 'json' }],
    [
      'an error in JSON',
      { headers: JSON_TYPE, steps: ['{"type":"error","error":{"type":"api_error"}}'] },
      { error: { type: 'api_error', message: '' } },
    ],
    [
      'a stream that says it is text',
      { headers: ['Content-Type', 'text/plain'], steps: [START, ...CONTENT] },
      { bodyKind: 'events', headers: ['content-type', 'text/event-stream; charset=utf-8'] },
    ],
    ['a stream that begins with a comment', { steps: [': hi\n\n', START, ...CONTENT] }, {}],
    ['a stream with a byte order mark', { steps: ['\ufeff', START, ...CONTENT] }, {}],
    ['a page', { headers: JSON_TYPE, steps: [' <html>'] }, { code: 'upstream_invalid_response' }],
    ['text', { headers: JSON_TYPE, steps: ['null'] }, { code: 'upstream_invalid_response' }],
    ['nothing', { headers: JSON_TYPE, steps: [' \n'] }, { code: 'upstream_disconnected' }],
    ['an error page', { status: 404, headers: [], steps: ['<p>'] }, { bodyKind: 'page' }],
    ['an empty error', { status: 404, headers: [], steps: [] }, { bodyKind: 'empty' }],
    ['a redirect, unread', { status: 307, headers: [], steps: [9_000, 'x'] }, { status: 307 }],
  ])('is read from its first bytes: %s', async (_, setup, expected) => {
    const { result, text } = await ask(setup);
    expect(result).toMatchObject(expected);
    expect(text ?? textOfSteps(setup.steps)).toBe(textOfSteps(setup.steps));
  });

  it.each(['events', 'json'])('is read after a byte order mark in pieces: %s', async (bodyKind) => {
    const mark = [0xef, 0xbb, 0xbf].map((byte) => Uint8Array.of(byte));
    const rest = bodyKind === 'json' ? ['{}'] : [START, ...CONTENT];
    for (const holdsHead of [true, false]) {
      const headers = bodyKind === 'json' ? JSON_TYPE : STREAM;
      const { result, text } = await ask({ headers, steps: [...mark, ...rest], holdsHead });
      expect(result).toMatchObject({ bodyKind });
      expect(text?.replace('\ufeff', '')).toBe(textOfSteps(rest));
    }
  });

  it('is not told by an error in the content of a message', async () => {
    const text = '{"type":"message","content":[{"type":"error","error":{"type":"api_error"}}]}';
    const { result } = await ask({ headers: JSON_TYPE, steps: [text] });
    expect(result).not.toHaveProperty('error');
  });
});
