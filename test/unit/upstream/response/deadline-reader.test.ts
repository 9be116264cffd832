import { describe, expect, it } from 'vitest';
import { DeadlineReader } from '../../../../services/upstream/response/deadline-reader.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const HEAD_MS = 1_000;
const IDLE_MS = 100;
const END_MS = 10;

function setUp(given?: AbortSignal) {
  const clock = createFakeClock();
  const client = new AbortController();
  const signal = given ?? client.signal;
  const limits = { headersTimeoutMs: HEAD_MS, idleMs: IDLE_MS, endMs: END_MS };
  return { clock, client, reader: new DeadlineReader({ clock, signal, ...limits }) };
}

/** A body whose chunks the test sends. */
function heldBody() {
  let pending = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const state = { reads: 0, released: false };
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        state.reads += 1;
        pending = Promise.withResolvers();
        return pending.promise;
      },
      return: async () => {
        state.released = true;
        return { done: true, value: undefined };
      },
    }),
  };
  const send = (text: string) => pending.resolve({ done: false, value: Buffer.from(text) });
  return {
    body,
    state,
    send,
    end: () => pending.resolve({ done: true, value: undefined }),
    fail: (error: unknown) => pending.reject(error),
    /** Fails the body when the signal aborts, as a socket does. */
    failOnAbort: (signal: AbortSignal) =>
      signal.addEventListener('abort', () => pending.reject(signal.reason), { once: true }),
  };
}

/** A call that never responds and fails on abort. */
function hangingCall() {
  const seen: { signal?: AbortSignal } = {};
  const call = (signal: AbortSignal) => {
    seen.signal = signal;
    return new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    });
  };
  return { call, seen };
}

describe('DeadlineReader.head', () => {
  it('returns the result of the call, and leaves no timer behind', async () => {
    const { clock, reader } = setUp();
    expect(await reader.head(async () => 'head')).toBe('head');
    expect(clock.pending).toBe(0);
  });

  it('rejects with upstream_timeout at its deadline and aborts the call', async () => {
    const { clock, reader } = setUp();
    const { call, seen } = hangingCall();
    const head = reader.head(call);
    clock.advance(HEAD_MS - 1);
    expect(seen.signal?.aborted).toBe(false);
    clock.advance(1);
    await expect(head).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(seen.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('rejects with upstream_unreachable if the call fails with a foreign error', async () => {
    const { reader } = setUp();
    const cause = new Error('ECONNREFUSED');
    const head = reader.head(() => Promise.reject(cause));
    await expect(head).rejects.toMatchObject({ code: 'upstream_unreachable', cause });
  });

  it('rejects with the LlmpError that the call failed with', async () => {
    const { reader } = setUp();
    const head = reader.head(() => Promise.reject(new LlmpError('draining')));
    await expect(head).rejects.toMatchObject({ code: 'draining' });
  });

  it('rejects with the abort reason of the client, and aborts the call', async () => {
    const { client, reader } = setUp();
    const { call, seen } = hangingCall();
    const head = reader.head(call);
    const reason = new LlmpError('client_disconnected');
    client.abort(reason);
    await expect(head).rejects.toBe(reason);
    expect(seen.signal?.aborted).toBe(true);
  });

  it('passes an aborted signal if the client disconnected before', async () => {
    const reason = new LlmpError('client_disconnected');
    const { reader } = setUp(AbortSignal.abort(reason));
    const head = reader.head(async (signal) => signal.throwIfAborted());
    await expect(head).rejects.toBe(reason);
  });
});

describe('DeadlineReader.chunks', () => {
  it('yields the chunks of the body in order', async () => {
    const { clock, reader } = setUp();
    const chunks = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const body = (async function* () {
      yield* chunks;
    })();
    expect(await Array.fromAsync(reader.chunks(body))).toEqual(chunks);
    expect(clock.pending).toBe(0);
  });

  it('fails with upstream_timeout after a silence, and releases the body', async () => {
    const { clock, reader } = setUp();
    const held = heldBody();
    await reader.head(async (signal) => held.failOnAbort(signal));
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    clock.advance(IDLE_MS - 1);
    held.send('a');
    expect(await first).toMatchObject({ value: Buffer.from('a') });
    const second = chunks.next();
    clock.advance(IDLE_MS - 1);
    held.send('b');
    expect(await second).toMatchObject({ value: Buffer.from('b') });
    const third = chunks.next();
    clock.advance(IDLE_MS);
    await expect(third).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(held.state.released).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('counts only the time spent waiting for the upstream', async () => {
    const { clock, reader } = setUp();
    const held = heldBody();
    await reader.head(async (signal) => held.failOnAbort(signal));
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    held.send('a');
    await first;
    // While the client is slow, nothing is read from the upstream.
    clock.advance(100 * IDLE_MS);
    expect(held.state.reads).toBe(1);
    const second = chunks.next();
    clock.advance(IDLE_MS - 1);
    held.send('b');
    expect(await second).toMatchObject({ value: Buffer.from('b') });
  });

  it('fails with upstream_disconnected if the body fails', async () => {
    const { reader } = setUp();
    const held = heldBody();
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    const cause = new Error('other side closed');
    held.fail(cause);
    await expect(first).rejects.toMatchObject({ code: 'upstream_disconnected', cause });
    expect(held.state.released).toBe(true);
  });

  it('fails with the abort reason of the client, and aborts the transport', async () => {
    const { client, reader } = setUp();
    const held = heldBody();
    const signal = await reader.head(async (given) => {
      held.failOnAbort(given);
      return given;
    });
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    const reason = new LlmpError('client_disconnected');
    client.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(signal.aborted).toBe(true);
    expect(held.state.released).toBe(true);
  });

  it.each(['end', 'middle'])('aborts the call if the iteration stops at the %s', async (where) => {
    const { clock, reader } = setUp();
    const held = heldBody();
    const signal = await reader.head(async (given) => given);
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    if (where === 'end') held.end();
    else held.send('a');
    await first;
    await chunks.return(undefined);
    expect(signal.aborted).toBe(true);
    expect(held.state.released).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('DeadlineReader.endSoon', () => {
  it('ends a body that stays open, without an error, and closes it', async () => {
    const { clock, reader } = setUp();
    const { body, state } = heldBody();
    reader.endSoon();
    const reading = Array.fromAsync(reader.chunks(body));
    clock.advance(END_MS - 1);
    expect(state.released).toBe(false);
    clock.advance(1);
    expect(await reading).toEqual([]);
    expect([state.released, clock.pending]).toEqual([true, 0]);
  });

  it('ends a body that does not stop sending', async () => {
    const { clock, reader } = setUp();
    async function* endless() {
      while (true) {
        yield Buffer.from('ping');
        clock.advance(1);
      }
    }
    reader.endSoon();
    const chunks = await Array.fromAsync(reader.chunks(endless()));
    expect(chunks.length).toBeLessThanOrEqual(END_MS + 1);
  });

  it('ends a body that fails, without an error', async () => {
    const { reader } = setUp();
    async function* failing() {
      yield Buffer.from('late');
      throw new RangeError('reset');
    }
    reader.endSoon();
    expect(await Array.fromAsync(reader.chunks(failing()), String)).toEqual(['late']);
  });

  it('still yields what arrives until the body ends', async () => {
    const { clock, reader } = setUp();
    const { body, send, end } = heldBody();
    reader.endSoon();
    const chunks = reader.chunks(body);
    const first = chunks.next();
    send('late');
    expect(String((await first).value)).toBe('late');
    const second = chunks.next();
    end();
    expect((await second).done).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
