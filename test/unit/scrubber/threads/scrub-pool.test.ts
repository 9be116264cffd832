import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScrubPool } from '../../../../services/scrubber/threads/scrub-pool.ts';
import type { Outcome } from '../../../../shared/protocol/stage.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { scrubPool, type PoolOptions } from '../../../kit/scrub-pool.ts';
import { confirm } from '../../../kit/permits.ts';

let stack: AsyncDisposableStack;
beforeEach(() => (stack = new AsyncDisposableStack()));
afterEach(() => stack.disposeAsync());

const poolWith = (options?: PoolOptions) => stack.use(scrubPool(options));

const says = (content: string) => JSON.stringify({ messages: [{ role: 'user', content }] });
const MAIL = 'ann.lee@corp-mail.org';
const SMALL = says(MAIL);
/** Takes a thread much longer than any small request. */
const LARGE = says('The quick brown fox. '.repeat(200_000));
/** Takes many times the heap that a test gives to a thread. */
const HUNGRY = `{"metadata":[${'0,'.repeat(900_000)}0]}`;

interface Asked {
  readonly tenant?: string;
  readonly text?: string;
  readonly signal?: AbortSignal;
}

async function scrub(
  pool: ScrubPool,
  body: string,
  { tenant = 'tester', text = '', signal = new AbortController().signal }: Asked = {},
): Promise<Outcome> {
  const message = requestMessage({ tenant }, Buffer.from(body));
  return await pool.scrub(message, { signal, confirm, sendVault: () => {} }, text);
}

describe('a pool of scrub threads', () => {
  it('starts a thread with its first request, and no more than it may', async () => {
    const pool = poolWith({ threadsMax: 2 });
    expect(pool.size).toBe(0);
    await scrub(pool, SMALL);
    await scrub(pool, SMALL);
    expect(pool.size).toBe(1);
    await Promise.all(Array.from({ length: 5 }, () => scrub(pool, SMALL)));
    expect(pool.size).toBe(2);
  });

  it('lets keys take turns, and refuses what can no longer wait', async () => {
    const pool = poolWith({ bounds: { queuedMax: 4 } });
    const order: string[] = [];
    const asks = ['a', 'a', 'a', 'b', 'c'].map(async (tenant, index) => {
      await scrub(pool, SMALL, { tenant });
      order.push(`${tenant}${index}`);
    });
    await expect(scrub(pool, SMALL)).rejects.toMatchObject({ code: 'overloaded' });
    await Promise.all(asks);
    expect(order).toEqual(['a0', 'a1', 'b3', 'c4', 'a2']);
  });

  it('lets one key use only a part of the places where requests wait', async () => {
    const pool = poolWith({ bounds: { queuedMax: 3, queuedPerKeyMax: 2 } });
    const ask = (tenant: string) => scrub(pool, SMALL, { tenant });
    const asks = [ask('a'), ask('a'), ask('a')];
    await expect(ask('a')).rejects.toMatchObject({ code: 'overloaded' });
    asks.push(ask('b'));
    await expect(ask('c')).rejects.toMatchObject({ code: 'overloaded' });
    expect(await Promise.all(asks)).toHaveLength(4);
  });

  it('rejects a request at once when its client leaves, and goes on with the next', async () => {
    const pool = poolWith();
    await scrub(pool, SMALL);
    const gone = new AbortController();
    const left = scrub(pool, LARGE, { signal: gone.signal });
    const next = scrub(pool, SMALL);
    gone.abort(new Error('the client left'));
    await expect(left).rejects.toThrow('the client left');
    expect((await next).kind).toBe('pass');
    expect(pool.size).toBe(1);
  });

  it('forgets a waiting request whose client leaves', async () => {
    const pool = poolWith();
    const first = scrub(pool, SMALL);
    const gone = new AbortController();
    const left = scrub(pool, SMALL, { signal: gone.signal });
    gone.abort(new Error('the client left'));
    await expect(left).rejects.toThrow('the client left');
    await first;
    expect((await scrub(pool, SMALL)).kind).toBe('pass');
    await expect(scrub(pool, SMALL, { signal: gone.signal })).rejects.toThrow('the client left');
  });

  it('ends a thread that a cancelled request does not leave, and starts another', async () => {
    const clock = createFakeClock();
    const pool = poolWith({ clock, bounds: { cancelMs: 1_000 } });
    const gone = new AbortController();
    // The thread is still starting, so it cannot react.
    const left = scrub(pool, LARGE, { signal: gone.signal });
    const next = scrub(pool, SMALL);
    await expect.poll(() => pool.size).toBe(1);
    gone.abort(new Error('the client left'));
    await expect(left).rejects.toThrow('the client left');
    clock.advance(1_000);
    expect((await next).kind).toBe('pass');
  });

  it('fails a request that takes more memory than its thread may have, and no other', async () => {
    const pool = poolWith({ threadsMax: 2, bounds: { heapMegabytesMax: 64 } });
    const hungry = scrub(pool, HUNGRY);
    const others = [scrub(pool, SMALL), scrub(pool, SMALL, { tenant: 'b' })];
    await expect(hungry).rejects.toMatchObject({
      message: 'A scrub thread ended during a request.',
      cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' },
    });
    expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(['pass', 'pass']);
    expect((await scrub(pool, SMALL)).kind).toBe('pass');
  });

  it('fails a request whose thread cannot start, and no later one', async () => {
    const rules = 'version: 2';
    await expect(scrub(poolWith({ rules }), SMALL)).rejects.toMatchObject({
      message: 'A scrub thread ended during a request.',
      cause: { message: expect.stringContaining('rules are invalid') as string },
    });
  });

  it('gives a conversation to the thread that has its texts cached', async () => {
    const pool = poolWith({ threadsMax: 2 });
    // The thread that is free first would be taken first.
    await Promise.all([scrub(pool, SMALL, { text: 'one' }), scrub(pool, LARGE, { text: 'two' })]);
    const threads = new Set<unknown>();
    for (let turn = 0; turn < 3; turn += 1) {
      await scrub(pool, SMALL, { text: 'two' });
      threads.add(pool.threadOf('two'));
    }
    expect(threads.size).toBe(1);
    expect(threads.has(pool.threadOf('one'))).toBe(false);
  });

  it('ends threads without work, and starts them again', async () => {
    const clock = createFakeClock();
    const pool = poolWith({ clock, bounds: { idleMs: 30_000 } });
    await scrub(pool, SMALL);
    await expect.poll(() => clock.pending).toBe(1);
    clock.advance(29_999);
    expect(pool.size).toBe(1);
    clock.advance(1);
    expect(pool.size).toBe(0);
    expect((await scrub(pool, SMALL)).kind).toBe('pass');
  });

  it('refuses requests that run, wait or come when it is closed', async () => {
    const clock = createFakeClock();
    const pool = scrubPool({ clock });
    const running = scrub(pool, LARGE);
    const waiting = scrub(pool, SMALL);
    const settled = Promise.allSettled([running, waiting]);
    await pool[Symbol.asyncDispose]();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(waiting).rejects.toMatchObject({ code: 'draining' });
    await expect(scrub(pool, SMALL)).rejects.toMatchObject({ code: 'draining' });
    expect([pool.size, clock.pending]).toEqual([0, 0]);
  });
});
