import { describe, expect, it } from 'vitest';
import { FairQueue } from '../../../../services/scrubber/threads/fair-queue.ts';

function queueOf(...entries: readonly (readonly [owner: string, item: string])[]) {
  const queue = new FairQueue<string>();
  for (const [owner, item] of entries) queue.add(owner, item);
  return queue;
}

function drained(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
}

describe('a fair queue', () => {
  it('lets owners take turns, and keeps the order of each', () => {
    const queue = queueOf(
      ['a', 'a1'],
      ['a', 'a2'],
      ['a', 'a3'],
      ['b', 'b1'],
      ['c', 'c1'],
      ['b', 'b2'],
    );
    expect(drained(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('serves a new owner before the second item of another', () => {
    const queue = queueOf(['a', 'a1'], ['a', 'a2'], ['a', 'a3']);
    expect(queue.next()).toBe('a1');
    queue.add('b', 'b1');
    expect(drained(queue)).toEqual(['a2', 'b1', 'a3']);
  });

  it('forgets what no longer waits', () => {
    const queue = queueOf(['a', 'a1'], ['a', 'a2'], ['b', 'b1']);
    queue.delete('a', 'a1');
    queue.delete('b', 'b1');
    queue.delete('b', 'unknown');
    expect([queue.size, queue.countOf('a'), queue.countOf('b')]).toEqual([1, 1, 0]);
    expect(drained(queue)).toEqual(['a2']);
  });
});
