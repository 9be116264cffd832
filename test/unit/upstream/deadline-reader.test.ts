import { describe, expect, it } from 'vitest';
import { DeadlineReader } from '../../../services/upstream/deadline-reader.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const HEAD_MS = 1_000;
const IDLE_MS = 100;

function patience(left?: AbortSignal) {
  const clock = createFakeClock();
  const client = new AbortController();
  const signal = left ?? client.signal;
  const limits = { upstreamHeadersTimeoutMs: HEAD_MS, upstreamIdleMs: IDLE_MS };
  return { clock, client, reader: new DeadlineReader({ clock, signal, ...limits }) };
}

/** A body whose chunks a test hands out, and which fails when its signal aborts, as sockets do. */
function heldBody() {
  let pending = Promise.withResolvers<IteratorResult<Uint8Array>>();
  const state = { asked: 0, released: false };
  const body: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        state.asked += 1;
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
    /** Makes the body fail as a socket does whose request is aborted. */
    obey: (signal: AbortSignal) =>
      signal.addEventListener('abort', () => pending.reject(signal.reason), { once: true }),
  };
}

/** A call that fails when it is aborted and never answers before. */
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

describe("a PatientReader's head", () => {
  it('is what the call gave, and leaves no timer behind', async () => {
    const { clock, reader } = patience();
    expect(await reader.head(async () => 'head')).toBe('head');
    expect(clock.pending).toBe(0);
  });

  it('rejects with upstream_timeout at its deadline and aborts the call', async () => {
    const { clock, reader } = patience();
    const { call, seen } = hangingCall();
    const head = reader.head(call);
    clock.advance(HEAD_MS - 1);
    expect(seen.signal?.aborted).toBe(false);
    clock.advance(1);
    await expect(head).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(seen.signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('rejects with upstream_unreachable when the call fails with an error of its own', async () => {
    const { reader } = patience();
    const cause = new Error('ECONNREFUSED');
    const head = reader.head(() => Promise.reject(cause));
    await expect(head).rejects.toMatchObject({ code: 'upstream_unreachable', cause });
  });

  it('rejects with the error of the catalogue that the call failed with', async () => {
    const { reader } = patience();
    const head = reader.head(() => Promise.reject(new LlmpError('draining')));
    await expect(head).rejects.toMatchObject({ code: 'draining' });
  });

  it('rejects with the reason of a client that leaves, and aborts the call', async () => {
    const { client, reader } = patience();
    const { call, seen } = hangingCall();
    const head = reader.head(call);
    const gone = new LlmpError('client_disconnected');
    client.abort(gone);
    await expect(head).rejects.toBe(gone);
    expect(seen.signal?.aborted).toBe(true);
  });

  it('is called with an aborted signal when the client has left before', async () => {
    const gone = new LlmpError('client_disconnected');
    const { reader } = patience(AbortSignal.abort(gone));
    const head = reader.head(async (signal) => signal.throwIfAborted());
    await expect(head).rejects.toBe(gone);
  });
});

describe("a PatientReader's chunks", () => {
  it('are the chunks of the body, in order, to their end', async () => {
    const { clock, reader } = patience();
    const chunks = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const body = (async function* () {
      yield* chunks;
    })();
    expect(await Array.fromAsync(reader.chunks(body))).toEqual(chunks);
    expect(clock.pending).toBe(0);
  });

  it('fail with upstream_timeout after a silence, and release the body', async () => {
    const { clock, reader } = patience();
    const held = heldBody();
    await reader.head(async (signal) => held.obey(signal));
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

  it('count only the time spent waiting for the upstream', async () => {
    const { clock, reader } = patience();
    const held = heldBody();
    await reader.head(async (signal) => held.obey(signal));
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    held.send('a');
    await first;
    // The client takes its time; nothing is asked of the upstream meanwhile.
    clock.advance(100 * IDLE_MS);
    expect(held.state.asked).toBe(1);
    const second = chunks.next();
    clock.advance(IDLE_MS - 1);
    held.send('b');
    expect(await second).toMatchObject({ value: Buffer.from('b') });
  });

  it('fail with upstream_disconnected when the body fails', async () => {
    const { reader } = patience();
    const held = heldBody();
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    const cause = new Error('other side closed');
    held.fail(cause);
    await expect(first).rejects.toMatchObject({ code: 'upstream_disconnected', cause });
    expect(held.state.released).toBe(true);
  });

  it('fail with the reason of a client that leaves, whose abort reaches the transport', async () => {
    const { client, reader } = patience();
    const held = heldBody();
    const signal = await reader.head(async (given) => {
      held.obey(given);
      return given;
    });
    const chunks = reader.chunks(held.body);
    const first = chunks.next();
    const gone = new LlmpError('client_disconnected');
    client.abort(gone);
    await expect(first).rejects.toBe(gone);
    expect(signal.aborted).toBe(true);
    expect(held.state.released).toBe(true);
  });

  it.each(['end', 'middle'])('end the exchange when they are left at their %s', async (where) => {
    const { clock, reader } = patience();
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
