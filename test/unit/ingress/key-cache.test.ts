import { describe, expect, it } from 'vitest';
import { createKeyCache } from '../../../services/ingress/key-cache.ts';
import type { KeyRecord } from '../../../shared/store/store.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const RECORD: KeyRecord = { id: 'a', hash: 'h', name: 'n', createdAt: 0 };

function cacheOf(answer: (hash: string) => Promise<KeyRecord | undefined>) {
  const asked: string[] = [];
  const clock = createFakeClock();
  const cache = createKeyCache({
    clock,
    limits: { keyFreshMs: 500, keyAbsentMs: 100, keysCachedMax: 2 },
    store: {
      keyByHash(hash) {
        asked.push(hash);
        return answer(hash);
      },
    },
  });
  return { asked, clock, cache };
}

describe('the cache of key records', () => {
  it('asks once in its time, counted from the question and not from the answer', async () => {
    const later = Promise.withResolvers<KeyRecord>();
    const { asked, clock, cache } = cacheOf(() => later.promise);
    const both = [cache.keyByHash('h'), cache.keyByHash('h')];
    clock.advance(400);
    later.resolve(RECORD);
    expect(await Promise.all(both)).toEqual([RECORD, RECORD]);
    clock.advance(99);
    expect(await cache.keyByHash('h')).toEqual(RECORD);
    expect(asked).toEqual(['h']);
    clock.advance(1);
    void cache.keyByHash('h');
    expect(asked).toEqual(['h', 'h']);
  });

  it('forgets sooner that there is no such key', async () => {
    const { asked, clock, cache } = cacheOf(async () => undefined);
    await cache.keyByHash('h');
    clock.advance(99);
    await cache.keyByHash('h');
    expect(asked).toHaveLength(1);
    clock.advance(1);
    await cache.keyByHash('h');
    expect(asked).toHaveLength(2);
  });

  it('does not remember that the store failed', async () => {
    let down = true;
    const { cache } = cacheOf(async () => {
      if (down) throw new RangeError('down');
      return RECORD;
    });
    await expect(cache.keyByHash('h')).rejects.toThrow('down');
    down = false;
    expect(await cache.keyByHash('h')).toEqual(RECORD);
  });

  it('holds no more records than it may', async () => {
    const { asked, cache } = cacheOf(async (hash) => ({ ...RECORD, hash }));
    for (const hash of ['a', 'b', 'c', 'b', 'c', 'a']) await cache.keyByHash(hash);
    expect(asked).toEqual(['a', 'b', 'c', 'a']);
  });
});
