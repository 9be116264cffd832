import { describe, expect, it } from 'vitest';
import { createStaleCache } from '../../../../shared/runtime/stale-cache.ts';
import type { KeyRecord } from '../../../../shared/store/store.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const DOWN = new RangeError('down');
const RECORD: KeyRecord = { id: 'a', hash: 'h', name: 'n', createdAt: 0 };

function cacheOf(lookup: (hash: string) => Promise<KeyRecord | undefined>, staleMs = 0) {
  const loaded: string[] = [];
  const clock = createFakeClock();
  const load = (hash: string) => {
    loaded.push(hash);
    return lookup(hash);
  };
  const options = { clock, freshMs: 500, absentMs: 100, staleMs, entriesMax: 2 };
  return { loaded, clock, get: createStaleCache(load, options) };
}

describe('a stale cache', () => {
  it('loads once per freshMs, counted from the start of the load', async () => {
    const later = Promise.withResolvers<KeyRecord>();
    const { loaded, clock, get } = cacheOf(() => later.promise);
    const both = [get('h'), get('h')];
    clock.advance(400);
    later.resolve(RECORD);
    expect(await Promise.all(both)).toEqual([RECORD, RECORD]);
    clock.advance(99);
    expect(await get('h')).toEqual(RECORD);
    expect(loaded).toEqual(['h']);
    clock.advance(1);
    void get('h');
    expect(loaded).toEqual(['h', 'h']);
  });

  it('caches an absent value for a shorter time', async () => {
    const { loaded, clock, get } = cacheOf(async () => undefined);
    await get('h');
    clock.advance(99);
    await get('h');
    expect(loaded).toHaveLength(1);
    clock.advance(1);
    await get('h');
    expect(loaded).toHaveLength(2);
  });

  it('does not cache errors', async () => {
    let down = true;
    const { get } = cacheOf(async () => {
      if (down) throw new RangeError('down');
      return RECORD;
    });
    await expect(get('h')).rejects.toThrow('down');
    down = false;
    expect(await get('h')).toEqual(RECORD);
  });

  it('evicts the oldest entry beyond entriesMax', async () => {
    const { loaded, get } = cacheOf(async (hash) => ({ ...RECORD, hash }));
    for (const hash of ['a', 'b', 'c', 'b', 'c', 'a']) await get(hash);
    expect(loaded).toEqual(['a', 'b', 'c', 'a']);
  });

  it('evicts no value for absent ones, of which it remembers as many', async () => {
    const { loaded, get } = cacheOf(async (hash) => (hash === 'h' ? RECORD : undefined));
    for (const hash of ['h', 'a', 'b', 'c', 'd', 'h', 'd', 'c', 'a']) await get(hash);
    expect(loaded).toEqual(['h', 'a', 'b', 'c', 'd', 'a']);
  });

  it('evicts no value for names that are still being loaded', async () => {
    const never = new Promise<KeyRecord>(() => {});
    const { loaded, get } = cacheOf((hash) => (hash === 'h' ? Promise.resolve(RECORD) : never));
    await get('h');
    for (const hash of ['a', 'b', 'c', 'd']) void get(hash);
    expect(await get('h')).toEqual(RECORD);
    expect(loaded).toEqual(['h', 'a', 'b', 'c', 'd']);
  });

  it('keeps a value that appears, as any other', async () => {
    let isThere = false;
    const { loaded, clock, get } = cacheOf(async (hash) =>
      hash === 'h' && isThere ? RECORD : undefined,
    );
    await get('h');
    isThere = true;
    clock.advance(100);
    expect(await get('h')).toEqual(RECORD);
    for (const hash of ['a', 'b', 'c']) await get(hash);
    expect(await get('h')).toEqual(RECORD);
    expect(loaded).toEqual(['h', 'h', 'a', 'b', 'c']);
  });

  it('serves the last value while the store fails, for up to staleMs', async () => {
    let down = false;
    const { loaded, clock, get } = cacheOf(async () => {
      if (down) throw new RangeError('down');
      return RECORD;
    }, 2_000);
    await get('h');
    down = true;
    clock.advance(1_000);
    expect(await get('h')).toEqual(RECORD);
    expect(await get('h')).toEqual(RECORD);
    expect(loaded).toHaveLength(2);
    clock.advance(1_000);
    await expect(get('h')).rejects.toThrow('down');
    await expect(get('other')).rejects.toThrow('down');
  });

  it('serves the last value to everyone who waits for the store that fails', async () => {
    const results = [Promise.resolve(RECORD)];
    const { loaded, clock, get } = cacheOf(() => results.shift() ?? Promise.reject(DOWN), 2_000);
    await get('h');
    const later = Promise.withResolvers<KeyRecord>();
    results.push(later.promise);
    clock.advance(1_000);
    const sharers = [get('h'), get('h'), get('h')];
    later.reject(DOWN);
    expect(await Promise.all(sharers)).toEqual([RECORD, RECORD, RECORD]);
    expect(loaded).toHaveLength(2);
  });

  it('serves the last value while a stalled store is asked again and again', async () => {
    const pending: PromiseWithResolvers<KeyRecord | undefined>[] = [];
    const { loaded, clock, get } = cacheOf(() => {
      const load = Promise.withResolvers<KeyRecord | undefined>();
      pending.push(load);
      return load.promise;
    }, 4_000);
    const first = get('h');
    pending[0]?.resolve(RECORD);
    await first;
    const waiting = [0, 600, 600, 600].map((ms) => {
      clock.advance(ms === 0 ? 500 : ms);
      return get('h');
    });
    expect(loaded).toHaveLength(5);
    for (const load of pending.slice(1)) load.reject(DOWN);
    expect(await Promise.all(waiting)).toEqual([RECORD, RECORD, RECORD, RECORD]);
  });

  it('does not let a slow load undo a newer one', async () => {
    const slow = Promise.withResolvers<KeyRecord | undefined>();
    const results = [slow.promise, Promise.resolve(undefined)];
    const { clock, get } = cacheOf(() => results.shift() ?? Promise.reject(DOWN), 10_000);
    const early = get('h');
    clock.advance(500);
    expect(await get('h')).toBeUndefined();
    slow.resolve(RECORD);
    expect(await early).toEqual(RECORD);
    clock.advance(500);
    await expect(get('h')).rejects.toThrow('down');
  });

  it('never serves a value beyond staleMs, however often the store fails', async () => {
    const results = [Promise.resolve(RECORD)];
    const { clock, get } = cacheOf(() => results.shift() ?? Promise.reject(DOWN), 700);
    await get('h');
    clock.advance(600);
    expect(await get('h')).toEqual(RECORD);
    clock.advance(99);
    expect(await get('h')).toEqual(RECORD);
    clock.advance(1);
    await expect(get('h')).rejects.toThrow('down');
  });
});
