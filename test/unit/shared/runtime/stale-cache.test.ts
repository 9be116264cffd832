import { describe, expect, it } from 'vitest';
import { createStaleCache } from '../../../../shared/runtime/stale-cache.ts';
import type { KeyRecord } from '../../../../shared/store/store.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const RECORD: KeyRecord = { id: 'a', hash: 'h', name: 'n', createdAt: 0 };

function cacheOf(answer: (hash: string) => Promise<KeyRecord | undefined>, staleMs = 0) {
  const asked: string[] = [];
  const clock = createFakeClock();
  const load = (hash: string) => {
    asked.push(hash);
    return answer(hash);
  };
  const options = { clock, freshMs: 500, absentMs: 100, staleMs, entriesMax: 2 };
  return { asked, clock, recall: createStaleCache(load, options) };
}

describe('the cache of what the store said', () => {
  it('asks once in its time, counted from the question and not from the answer', async () => {
    const later = Promise.withResolvers<KeyRecord>();
    const { asked, clock, recall } = cacheOf(() => later.promise);
    const both = [recall('h'), recall('h')];
    clock.advance(400);
    later.resolve(RECORD);
    expect(await Promise.all(both)).toEqual([RECORD, RECORD]);
    clock.advance(99);
    expect(await recall('h')).toEqual(RECORD);
    expect(asked).toEqual(['h']);
    clock.advance(1);
    void recall('h');
    expect(asked).toEqual(['h', 'h']);
  });

  it('forgets sooner that there is nothing', async () => {
    const { asked, clock, recall } = cacheOf(async () => undefined);
    await recall('h');
    clock.advance(99);
    await recall('h');
    expect(asked).toHaveLength(1);
    clock.advance(1);
    await recall('h');
    expect(asked).toHaveLength(2);
  });

  it('does not remember that the store failed', async () => {
    let down = true;
    const { recall } = cacheOf(async () => {
      if (down) throw new RangeError('down');
      return RECORD;
    });
    await expect(recall('h')).rejects.toThrow('down');
    down = false;
    expect(await recall('h')).toEqual(RECORD);
  });

  it('holds no more entries than it may', async () => {
    const { asked, recall } = cacheOf(async (hash) => ({ ...RECORD, hash }));
    for (const hash of ['a', 'b', 'c', 'b', 'c', 'a']) await recall(hash);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });

  it('lets the last answer stand in for a store that fails, for as long as it may', async () => {
    let down = false;
    const { asked, clock, recall } = cacheOf(async () => {
      if (down) throw new RangeError('down');
      return RECORD;
    }, 2_000);
    await recall('h');
    down = true;
    clock.advance(1_000);
    expect(await recall('h')).toEqual(RECORD);
    expect(await recall('h')).toEqual(RECORD);
    expect(asked).toHaveLength(2);
    clock.advance(1_000);
    await expect(recall('h')).rejects.toThrow('down');
    await expect(recall('other')).rejects.toThrow('down');
  });
});
