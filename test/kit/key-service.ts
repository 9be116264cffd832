// The key service on records in memory.

import { createKeyService } from '../../services/admin/keys.ts';
import type { KeyRecord } from '../../shared/store/store.ts';
import { createFakeClock } from './fake-clock.ts';
import { collectionNamed } from './retrieval.ts';

/** Knows the policies default, strict and lax, and the collections faq and secret (of the team staff). */
export function keyServiceInMemory() {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const records = new Map<string, KeyRecord>();
  const service = createKeyService({
    clock,
    policyNames: async () => ['default', 'strict', 'lax'],
    store: {
      addKey: async (record) => void records.set(record.id, record),
      keyById: async (id) => records.get(id),
      listKeys: async ({ after = '', limit }) =>
        [...records.values()]
          .filter(({ id }) => id > after)
          .toSorted((one, other) => (one.id < other.id ? -1 : 1))
          .slice(0, limit),
      async updateKey(id, change, successor) {
        const found = records.get(id);
        if (!found) return undefined;
        const changed = change(found);
        records.set(id, changed);
        if (successor) records.set(successor.id, successor);
        return changed;
      },
      listCollections: async () => ['faq', 'secret'].map((name) => collectionNamed(name)),
      async collection(name) {
        const teams: Record<string, string | undefined> = { faq: undefined, secret: 'staff' };
        if (!(name in teams)) return undefined;
        const { [name]: team } = teams;
        return collectionNamed(name, team === undefined ? {} : { team });
      },
    },
  });
  return { clock, records, service };
}
