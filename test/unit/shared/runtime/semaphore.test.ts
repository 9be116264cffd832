import { describe, expect, it } from 'vitest';
import { allOrAbort } from '../../../../services/rag/search/all-or-abort.ts';
import { Semaphore } from '../../../../shared/runtime/semaphore.ts';

const never = new AbortController().signal;

/** A task that begins when called and ends when the test says so. */
function task(name: string, begun: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const begin = () => {
    begun.push(name);
    return promise;
  };
  return { begin, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

describe('a semaphore', () => {
  it('runs a limited number of tasks at once and the others in order', async () => {
    const begun: string[] = [];
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => task(name, begun));
    if (!a || !b || !c || !d) throw new Error('four tasks expected');
    const semaphore = new Semaphore(2);
    const ends = [a, b, c, d].map(({ begin }) => semaphore.run(never, begin));
    await Promise.resolve();
    expect(begun).toEqual(['a', 'b']);
    b.fail();
    await expect(ends[1]).rejects.toThrow('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    a.end();
    expect(await ends[0]).toBe('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    c.end();
    d.end();
    expect(await Promise.all(ends.slice(2))).toEqual(['c', 'd']);
  });

  it('skips a task that was aborted while it waited', async () => {
    const begun: string[] = [];
    const [a, b, c] = ['a', 'b', 'c'].map((name) => task(name, begun));
    if (!a || !b || !c) throw new Error('three tasks expected');
    const semaphore = new Semaphore(1);
    const caller = new AbortController();
    const first = semaphore.run(never, a.begin);
    const second = semaphore.run(caller.signal, b.begin);
    const third = semaphore.run(never, c.begin);
    caller.abort(new Error('aborted'));
    await expect(second).rejects.toThrow('aborted');
    await expect(semaphore.run(caller.signal, b.begin)).rejects.toThrow('aborted');
    a.end();
    c.end();
    expect(await Promise.all([first, third])).toEqual(['a', 'c']);
    expect(begun).toEqual(['a', 'c']);
  });
});

describe('all or none', () => {
  it('resolves to all results in order', async () => {
    const tasks = [1, 2, 3].map((number) => () => Promise.resolve(number));
    expect(await allOrAbort(never, tasks)).toEqual([1, 2, 3]);
    expect(await allOrAbort(never, [])).toEqual([]);
  });

  it('aborts the others on the first failure and rejects when all have stopped', async () => {
    let isRunning = true;
    const failing = () => Promise.reject(new Error('first'));
    const other = (signal: AbortSignal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          setImmediate(() => {
            isRunning = false;
            reject(new Error('second'));
          });
        });
      });
    await expect(allOrAbort(never, [other, failing])).rejects.toThrow('first');
    expect(isRunning).toBe(false);
  });
});
