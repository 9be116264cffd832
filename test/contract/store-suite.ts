// What every store does with keys, teams and cached responses.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KeyPage, KeyRecord, Store } from '../../shared/store/store.ts';

export const RECORD: KeyRecord = {
  id: 'abc',
  hash: 'f00d',
  name: 'first "key" ü',
  createdAt: 1_700_000,
};
const FULL: Required<KeyRecord> = {
  id: 'xyz',
  hash: 'fade',
  name: 'full',
  createdAt: 1_700_001,
  team: 'team ü',
  models: ['claude-a', 'claude-b'],
  policy: 'strict',
  collections: ['handbook', 'faq'],
  cacheFor: '10m',
  cacheMs: 60_000,
  expiresAt: 1_900_000_000_001,
  disabledAt: 1_800_000_000_002,
  lineageId: 'first',
  rotatedAt: 1_800_000_000_003,
  replacedBy: 'abc',
  limits: { requestsPerMinute: 5, concurrentRequests: 2 },
};

/** `open` may be called again and finds the same data. */
export function storeSuite(open: () => Promise<Store>): void {
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  it('has no keys at first', async () => {
    expect(await store.hasKeys()).toBe(false);
    expect(await store.keyByHash(RECORD.hash)).toBeUndefined();
    expect(await store.ready()).toBe(true);
  });

  it('finds a key by its hash, once added', async () => {
    await store.addKey(RECORD);
    expect(await store.keyByHash(RECORD.hash)).toEqual(RECORD);
    expect(await store.keyByHash('f00')).toBeUndefined();
    expect(await store.hasKeys()).toBe(true);
  });

  it('changes nothing when the same hash is added again', async () => {
    await store.addKey({ ...RECORD, name: 'another' });
    expect(await store.keyByHash(RECORD.hash)).toEqual(RECORD);
  });

  it('finds a key by its id', async () => {
    expect(await store.keyById(RECORD.id)).toEqual(RECORD);
    expect(await store.keyById('ab')).toBeUndefined();
    expect(await store.keyById('abcd')).toBeUndefined();
  });

  it('keeps every field of a record', async () => {
    await store.addKey(FULL);
    expect(await store.keyByHash(FULL.hash)).toEqual(FULL);
    expect(await store.keyById(FULL.id)).toEqual(FULL);
  });

  it('keeps a response until it expires, and only the newest', async () => {
    const response = { storedAtMs: Date.now(), message: '{"text":"ü \\u0000 \ud83d\ude00"}' };
    const nowMs = response.storedAtMs;
    expect(await store.cachedResponse('k1', nowMs)).toBeUndefined();
    await store.saveResponse('k1', response, 60_000);
    expect(await store.cachedResponse('k1', nowMs)).toEqual(response);
    expect(await store.cachedResponse('k1', nowMs + 59_999)).toEqual(response);
    expect(await store.cachedResponse('k1', nowMs + 60_000)).toBeUndefined();
    expect(await store.cachedResponse('k2', nowMs)).toBeUndefined();
    await store.saveResponse('k1', { ...response, message: '{}' }, 60_000);
    expect((await store.cachedResponse('k1', nowMs))?.message).toBe('{}');
  });

  it('lists keys by id, a page at a time', async () => {
    await store.addKey({ ...RECORD, id: 'Zoe', hash: 'c0de' });
    const ids = async (page: KeyPage) => (await store.listKeys(page)).map(({ id }) => id);
    expect(await ids({ limit: 10 })).toEqual(['Zoe', 'abc', 'xyz']);
    expect(await ids({ limit: 2 })).toEqual(['Zoe', 'abc']);
    expect(await ids({ limit: 2, after: 'abc' })).toEqual(['xyz']);
    expect(await ids({ limit: 2, after: 'ab' })).toEqual(['abc', 'xyz']);
    expect(await ids({ limit: 2, after: 'xyz' })).toEqual([]);
  });

  it('updates a record and returns the result', async () => {
    const changed = await store.updateKey('xyz', (record) => ({ ...record, disabledAt: 9 }));
    expect(changed).toEqual({ ...FULL, disabledAt: 9 });
    expect(await store.keyByHash(FULL.hash)).toEqual(changed);
  });

  it('does not update an unknown key, and adds no successor then', async () => {
    const successor = { ...RECORD, id: 'new', hash: 'beef' };
    expect(await store.updateKey('nobody', (record) => record, successor)).toBeUndefined();
    expect(await store.keyById('new')).toBeUndefined();
  });

  it('stores neither the update nor the successor when the change throws', async () => {
    const successor = { ...RECORD, id: 'new', hash: 'beef' };
    const refuse = () => {
      throw new RangeError('no');
    };
    await expect(store.updateKey('abc', refuse, successor)).rejects.toThrow(RangeError);
    expect(await store.keyById('new')).toBeUndefined();
    expect(await store.keyById('abc')).toEqual(RECORD);
  });

  it('lets exactly one of many concurrent updates win', async () => {
    const other = await open();
    const claims = Array.from({ length: 12 }, (_, at) => {
      const successor = { ...RECORD, id: `next${at}`, hash: `cafe${at}` };
      return (at % 2 ? store : other).updateKey(
        'Zoe',
        (record) => {
          if (record.replacedBy !== undefined) throw new RangeError('taken');
          return { ...record, replacedBy: successor.id };
        },
        successor,
      );
    });
    const results = await Promise.allSettled(claims);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { replacedBy } = (await store.keyById('Zoe')) ?? {};
    const added = (await store.listKeys({ limit: 50, after: 'n' })).map(({ id }) => id);
    expect(added.filter((id) => id.startsWith('next'))).toEqual([replacedBy]);
    await other[Symbol.asyncDispose]();
  });

  it('keeps the limits of a team, and replaces all of them', async () => {
    expect(await store.teamLimits('team ü')).toBeUndefined();
    await store.setTeamLimits('team ü', { requestsPerMinute: 5, outputTokensPerMinute: 7 });
    await store.setTeamLimits('team ü', { concurrentRequests: 2 });
    expect(await store.teamLimits('team ü')).toEqual({ concurrentRequests: 2 });
    expect(await store.teamLimits('team')).toBeUndefined();
  });

  it('changes single limits of a team, and loses none of several changes at once', async () => {
    const team = `team ${RECORD.hash.length}`;
    const other = await open();
    await store.changeTeamLimits(team, { requestsPerMinute: 5, usdPerDay: 0.01 });
    await Promise.all([
      store.changeTeamLimits(team, { concurrentRequests: 2, usdPerDay: null }),
      other.changeTeamLimits(team, { outputTokensPerMinute: 1_000_000_000 }),
    ]);
    const all = {
      requestsPerMinute: 5,
      concurrentRequests: 2,
      outputTokensPerMinute: 1_000_000_000,
    };
    expect(await store.changeTeamLimits(team, {})).toEqual(all);
    expect(await other.teamLimits(team)).toEqual(all);
    expect(await other.limitedTeams()).toContain(team);
    await other[Symbol.asyncDispose]();
  });

  it('still has the key when opened again', async () => {
    const again = await open();
    expect(await again.keyByHash(RECORD.hash)).toEqual(RECORD);
    await again[Symbol.asyncDispose]();
  });
}
