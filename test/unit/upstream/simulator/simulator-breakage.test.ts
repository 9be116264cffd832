// Simulated responses that are slow, break off or hang, and their reaction to an abort.

import { describe, expect, it } from 'vitest';
import { LlmpError } from '../../../../shared/errors.ts';
import {
  createSimulation,
  errorOf,
  eventsOf,
  parseEvents,
  textOf,
} from '../../../kit/ask-simulator.ts';

const STREAM = { stream: true };
const DISCONNECTED = new Error('the client disconnected');

/** Reads until the body ends or throws; returns the text up to then. */
async function readOut(body: AsyncIterable<Uint8Array>) {
  const chunks: Uint8Array[] = [];
  let thrown: unknown;
  try {
    for await (const chunk of body) chunks.push(chunk);
  } catch (error) {
    thrown = error;
  }
  return { text: Buffer.concat(chunks).toString(), thrown };
}

/** Reads the next chunk; throws if there is none. */
async function next(iterator: AsyncIterator<Uint8Array>) {
  const { value, done } = await iterator.next();
  if (done === true) throw new Error('the body has ended');
  return new TextDecoder().decode(value);
}

describe('mid-error', () => {
  it('ends a stream with an error event after its first text', async () => {
    const { say } = createSimulation();
    const events = await eventsOf(
      await say('a b c d [[simulate: mid-error=overloaded_error message=Too busy]]', STREAM),
    );
    expect(events.at(-2)).toMatchObject({ delta: { type: 'text_delta' } });
    expect(events.at(-1)).toEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Too busy' },
      request_id: expect.stringMatching(/^req_sim_/),
    });
  });

  it('is an HTTP error without a stream', async () => {
    const { say } = createSimulation();
    expect(await errorOf(await say('[[simulate: mid-error=overloaded_error]]'))).toEqual({
      status: 529,
      type: 'overloaded_error',
      message: 'Simulated overloaded_error.',
    });
    expect(await errorOf(await say('[[simulate: mid-error=policy_blocked]]'))).toMatchObject({
      status: 400,
      type: 'policy_blocked',
    });
  });

  it('ends after the given number of failures', async () => {
    const { say } = createSimulation();
    const text = 'hi [[simulate: mid-error=api_error times=1 key=k]]';
    expect((await eventsOf(await say(text, STREAM))).at(-1)).toMatchObject({ type: 'error' });
    expect((await eventsOf(await say(text, STREAM))).at(-1)).toEqual({ type: 'message_stop' });
  });
});

describe('cut', () => {
  it.each(['a b c d', 'a'])('clean ends the stream of %j inside a block', async (text) => {
    const { say } = createSimulation();
    const events = await eventsOf(await say(`${text} [[simulate: cut=clean]]`, STREAM));
    expect(events.at(-1)).toMatchObject({
      type: 'content_block_delta',
      delta: { type: 'text_delta' },
    });
  });

  it('clean ends a stream without blocks before its end', async () => {
    const { say } = createSimulation();
    const response = await say('[[simulate: cut=clean]]', { ...STREAM, max_tokens: 0 });
    expect((await eventsOf(response)).at(-1)).toEqual({ type: 'ping' });
  });

  it('partial ends the stream inside an event', async () => {
    const { say } = createSimulation();
    const text = await textOf(await say('a b c d [[simulate: cut=partial]]', STREAM));
    const border = text.lastIndexOf('\n\n') + 2;
    expect(parseEvents(text.slice(0, border)).at(-1)).toMatchObject({
      delta: { type: 'text_delta' },
    });
    expect(text.slice(border)).toMatch(/^event: content_block_\w+\ndata: \{"type"/);
  });

  it('reset throws after the first text', async () => {
    const response = await createSimulation().say('a b c [[simulate: cut=reset]]', STREAM);
    const { text, thrown } = await readOut(response.body);
    expect(parseEvents(text).at(-1)).toMatchObject({ delta: { type: 'text_delta' } });
    expect(thrown).toBeInstanceOf(LlmpError);
    expect(thrown).toMatchObject({ code: 'upstream_disconnected' });
  });

  it.each(['clean', 'partial', 'reset'])('%s truncates a buffered message', async (cut) => {
    const response = await createSimulation().say('a b c', {}, { simulate: `cut=${cut}` });
    const { text, thrown } = await readOut(response.body);
    expect(text).toMatch(/^\{"id":/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(thrown !== undefined).toBe(cut === 'reset');
  });
});

describe('hang', () => {
  it.each([true, false])(
    'head never responds until the signal aborts (stream %s)',
    async (stream) => {
      const { clock, say } = createSimulation();
      const abort = new AbortController();
      const ask = { simulate: 'hang=head', signal: abort.signal };
      const response = say('hi', { stream }, ask);
      let settled = false;
      const watched = response.finally(() => (settled = true)).catch(() => undefined);
      clock.advance(10 * 3_600_000);
      expect(clock.pending).toBe(0);
      expect(settled).toBe(false);
      abort.abort(DISCONNECTED);
      await expect(response).rejects.toBe(DISCONNECTED);
      await watched;
    },
  );

  it.each([
    ['start', 'message_start'],
    ['middle', 'content_block_delta'],
  ])('%s goes silent after %s and throws when aborted', async (hang, last) => {
    const { clock, say } = createSimulation();
    const abort = new AbortController();
    const response = await say(`a b c d [[simulate: hang=${hang}]]`, STREAM, {
      signal: abort.signal,
    });
    const iterator = response.body[Symbol.asyncIterator]();
    let event = await next(iterator);
    while (hang === 'middle' && !event.includes('text_delta')) event = await next(iterator);
    if (hang === 'middle') event = await next(iterator);
    expect(event).toContain(`event: ${last}\n`);
    const silence = iterator.next();
    expect(clock.pending).toBe(0);
    abort.abort(DISCONNECTED);
    await expect(silence).rejects.toBe(DISCONNECTED);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it.each([
    ['start', ''],
    ['middle', '{"id":'],
  ])('%s stops a buffered message after %j', async (hang, begin) => {
    const abort = new AbortController();
    const ask = { simulate: `hang=${hang}`, signal: abort.signal };
    const response = await createSimulation().say('hi', {}, ask);
    const read = readOut(response.body);
    abort.abort(DISCONNECTED);
    const { text, thrown } = await read;
    expect(thrown).toBe(DISCONNECTED);
    expect(text.startsWith(begin)).toBe(true);
    expect(text === '').toBe(begin === '');
  });
});

describe('pace', () => {
  it.each([
    ['the directive', {}, 'pace=50'],
    ['the option', { paceMs: 50 }, ''],
    ['the directive rather than the option', { paceMs: 9_000 }, 'pace=50'],
  ])('of %s delays each delta', async (_, options, simulate) => {
    const { clock, say } = createSimulation(options);
    const { body } = await say('a b c d e f', STREAM, { simulate });
    const iterator = body[Symbol.asyncIterator]();
    for (const name of ['message_start', 'ping', 'content_block_start']) {
      expect(await next(iterator)).toContain(`event: ${name}\n`);
    }
    for (let round = 0; round < 2; round += 1) {
      const delta = next(iterator);
      clock.advance(49);
      expect(clock.pending).toBe(1);
      clock.advance(1);
      expect(await delta).toContain('text_delta');
      expect(clock.pending).toBe(0);
    }
  });

  it('stops at once when the signal aborts, and leaves no timer', async () => {
    const { clock, say } = createSimulation({ paceMs: 1_000 });
    const abort = new AbortController();
    const { body } = await say('hi', STREAM, { signal: abort.signal });
    const iterator = body[Symbol.asyncIterator]();
    for (const name of ['message_start', 'ping', 'content_block_start']) {
      expect(await next(iterator)).toContain(`event: ${name}\n`);
    }
    const delta = iterator.next();
    expect(clock.pending).toBe(1);
    abort.abort(DISCONNECTED);
    await expect(delta).rejects.toBe(DISCONNECTED);
    expect(clock.pending).toBe(0);
  });
});

describe('delay', () => {
  it('delays the head, also of errors and other endpoints', async () => {
    const { clock, ask, say } = createSimulation();
    const responses = [
      say('hi', {}, { simulate: 'delay=200' }),
      say('hi', {}, { simulate: 'delay=200 status=500' }),
      ask({ method: 'GET', path: '/v1/models', simulate: 'delay=200' }),
    ];
    clock.advance(199);
    expect(clock.pending).toBe(3);
    clock.advance(1);
    const statuses = (await Promise.all(responses)).map(({ status }) => status);
    expect(statuses).toEqual([200, 500, 200]);
  });

  it('ends when the signal aborts', async () => {
    const { clock, say } = createSimulation();
    const abort = new AbortController();
    const response = say('hi', {}, { simulate: 'delay=200', signal: abort.signal });
    expect(clock.pending).toBe(1);
    abort.abort(DISCONNECTED);
    await expect(response).rejects.toBe(DISCONNECTED);
    expect(clock.pending).toBe(0);
  });
});

describe('an aborted signal', () => {
  it('ends a response, streamed or buffered, and starts none', async () => {
    for (const stream of [true, false]) {
      const abort = new AbortController();
      const { say } = createSimulation();
      const ask = { signal: abort.signal };
      const { body } = await say('a b c', { stream }, ask);
      abort.abort(DISCONNECTED);
      expect(await readOut(body)).toEqual({ text: '', thrown: DISCONNECTED });
      await expect(say('a', { stream }, ask)).rejects.toBe(DISCONNECTED);
    }
  });
});
