import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findKey, oldestKeys, some } from '../../../services/admin/find-key.ts';
import type { KeyRecord } from '../../../shared/store/store.ts';
import { checkProperty } from '../../kit/properties.ts';

const NOW = 1_000;

function keyOf(id: string, fields: Partial<KeyRecord> = {}): KeyRecord {
  return { id, hash: id, name: `key ${id}`, createdAt: 0, ...fields };
}

function storeOf(records: readonly KeyRecord[]) {
  const byId = records.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return {
    keyById: async (id: string) => records.find((record) => record.id === id),
    listKeys: async ({ after = '', limit }: { readonly after?: string; readonly limit: number }) =>
      byId.filter(({ id }) => id > after).slice(0, limit),
  };
}

const inUse = ({ disabledAt, replacedBy }: KeyRecord) =>
  disabledAt === undefined && replacedBy === undefined;

describe('a key', () => {
  it('is found by its id, whatever other keys are named', async () => {
    const store = storeOf([keyOf('a'), keyOf('b', { name: 'a' })]);
    expect((await findKey(store, 'a', NOW, inUse)).id).toBe('a');
  });

  it('is found by its name, when only keys that are over have it, too', async () => {
    const store = storeOf([
      keyOf('a', { name: 'laptop', disabledAt: 5 }),
      keyOf('b', { name: 'laptop', replacedBy: 'c' }),
      keyOf('c', { name: 'laptop' }),
    ]);
    expect((await findKey(store, 'laptop', NOW, inUse)).id).toBe('c');
  });

  it('is not guessed among several keys in use: the message names them', async () => {
    const store = storeOf([
      keyOf('a', { name: 'laptop', createdAt: 2 }),
      keyOf('b', { name: 'laptop', createdAt: 1, expiresAt: NOW }),
    ]);
    await expect(findKey(store, 'laptop', NOW, inUse)).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'id: 2 keys are named "laptop"; use the id: b (expired), a (active)',
    });
  });

  it('must exist', async () => {
    const missing = findKey(storeOf([keyOf('a')]), 'b', NOW, inUse);
    await expect(missing).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('the oldest keys are those of all, page after page in the order of their creation', async () => {
  const times = fc.array(fc.nat(11), { maxLength: 1_300, size: 'max' });
  await checkProperty(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 500 }), async (createdAt, limit) => {
      const records = createdAt.map((at, index) => keyOf(String(index), { createdAt: at }));
      const store = storeOf(records);
      const found: string[] = [];
      for (let after: KeyRecord | undefined; ;) {
        const page = await oldestKeys(store, ({ id }) => id !== '3', { after, limit });
        found.push(...page.map(({ id }) => id));
        after = page.at(-1);
        if (page.length < limit) break;
      }
      const expected = records
        .filter(({ id }) => id !== '3')
        .toSorted((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1));
      expect(found).toEqual(expected.map(({ id }) => id));
    }),
    { runs: 20 },
  );
});

it('names ten keys at most in a message', () => {
  const names = Array.from({ length: 12 }, (_, at) => `k${at}`);
  expect(some(names)).toBe('k0, k1, k2, k3, k4, k5, k6, k7, k8, k9 and 2 more');
  expect(some(names.slice(0, 2))).toBe('k0, k1');
});
