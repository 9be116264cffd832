// The life of a key: made, listed, revoked, rotated. The one place for these rules, used by the
// admin API and by the command line; both only carry words in and out.

import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';
import { answered } from './store-errors.ts';
import { readChangeInput, readCreateInput, readListInput, readRotateInput } from './key-input.ts';
import { quotaView, type QuotaView } from './quota-input.ts';
import { keyStatusOf, type KeyStatus } from './key-status.ts';

export interface KeyServicePorts {
  readonly store: Pick<Store, 'addKey' | 'keyById' | 'listKeys' | 'updateKey' | 'collection'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is shown of a key: never its hash. Times are ISO 8601, null for what never happens. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly team: string | null;
  /** null: every model. */
  readonly models: readonly string[] | null;
  /** null: the default one. */
  readonly policy: string | null;
  /** Collections its requests are answered from; null: none. */
  readonly collections: readonly string[] | null;
  /** Seconds for which answers may be given again; null: never. */
  readonly cache_for_seconds: number | null;
  /** null: nothing is limited. */
  readonly limits: QuotaView | null;
  readonly status: KeyStatus;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly replaced_by: string | null;
}

/** `key` is the secret itself: it is shown now and can never be had again. */
export type NewKeyView = KeyView & { readonly key: string };

export interface KeyPageView {
  readonly data: readonly KeyView[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** All take input as it came and throw `invalid_request`; a key that is not there is `not_found`. */
export interface KeyService {
  /**
   * Input: `name`, and if wanted `team`, `models` and `collections` (lists), `policy`, `cache_for` (`10m`), `limits` and
   * `expires_in` (`30d`).
   */
  create(input: unknown): Promise<NewKeyView>;
  /** Input: `limit` and `after`, both optional. */
  list(input: unknown): Promise<KeyPageView>;
  /**
   * Input: `name`, `policy`, `collections`, `cache_for`, `limits`; what is given replaces what there was, null takes it
   * away.
   */
  change(id: string, input: unknown): Promise<KeyView>;
  /** From now on the key is not accepted. Revoking again changes nothing. */
  revoke(id: string): Promise<KeyView>;
  /**
   * A new secret for the same name, team, models, policy and limits. The old one is accepted for
   * `overlap` more. The new one expires when the old one would have, or after `expires_in`.
   */
  rotate(id: string, input: unknown): Promise<NewKeyView>;
}

export function createKeyService({ store, clock }: KeyServicePorts): KeyService {
  return {
    async create(input) {
      const { expires_in: lifeMs, ...said } = readCreateInput(input);
      const nowMs = clock.now();
      const expiry = lifeMs === undefined ? {} : { expiresAt: nowMs + lifeMs };
      const { limits, cache_for: cacheMs, ...others } = said;
      const more = { ...limitsOf(limits), ...cacheOf(cacheMs), ...expiry };
      await checkCollections(store, said.collections ?? [], said.team);
      const { key, record } = newKey({ ...others, ...more }, nowMs);
      await answered(store.addKey(record));
      return { key, ...viewOf(record, nowMs) };
    },

    async list(input) {
      const { limit, ...from } = readListInput(input);
      const nowMs = clock.now();
      const found = await answered(store.listKeys({ ...from, limit: limit + 1 }));
      const data = found.slice(0, limit).map((record) => viewOf(record, nowMs));
      return { data, has_more: found.length > limit, last_id: data.at(-1)?.id ?? null };
    },

    async change(id, input) {
      const said = readChangeInput(input);
      if (said.collections) {
        const { team } = present(await answered(store.keyById(id)));
        await checkCollections(store, said.collections, team);
      }
      const changed = await answered(
        store.updateKey(id, ({ limits, policy, cacheMs, collections, ...record }) => ({
          ...record,
          ...(said.name === undefined ? {} : { name: said.name }),
          ...policyOf(said.policy === undefined ? policy : said.policy),
          ...collectionsOf(said.collections === undefined ? collections : said.collections),
          ...cacheOf(said.cache_for === undefined ? cacheMs : said.cache_for),
          ...limitsOf(said.limits === undefined ? limits : said.limits),
        })),
      );
      return viewOf(present(changed), clock.now());
    },

    async revoke(id) {
      const nowMs = clock.now();
      const revoked = await answered(
        store.updateKey(id, (record) => ({ ...record, disabledAt: record.disabledAt ?? nowMs })),
      );
      return viewOf(present(revoked), nowMs);
    },

    async rotate(id, input) {
      const { overlap: overlapMs, expires_in: lifeMs } = readRotateInput(input);
      const nowMs = clock.now();
      const old = present(await answered(store.keyById(id)));
      checkRotatable(old, nowMs);
      const { name, team, models, policy, cacheMs, collections, limits } = old;
      const expiresAt = lifeMs === undefined ? old.expiresAt : nowMs + lifeMs;
      const { key, record } = newKey(
        {
          name,
          lineageId: old.lineageId ?? old.id,
          ...(team === undefined ? {} : { team }),
          ...(models === undefined ? {} : { models }),
          ...policyOf(policy),
          ...collectionsOf(collections),
          ...cacheOf(cacheMs),
          ...limitsOf(limits),
          ...(expiresAt === undefined ? {} : { expiresAt }),
        },
        nowMs,
      );
      const retire = (current: KeyRecord): KeyRecord => {
        // Looked at again inside the step: somebody else may have rotated or revoked it meanwhile.
        checkRotatable(current, nowMs);
        const endMs = Math.min(current.expiresAt ?? Infinity, nowMs + overlapMs);
        return { ...current, expiresAt: endMs, rotatedAt: nowMs, replacedBy: record.id };
      };
      present(await answered(store.updateKey(id, retire, record)));
      return { key, ...viewOf(record, nowMs) };
    },
  };
}

function newKey(said: Omit<KeyRecord, 'id' | 'hash' | 'createdAt'>, nowMs: number) {
  const key = createKey();
  const id = parseKey(key)?.id ?? '';
  const record: KeyRecord = { ...said, id, hash: hashKey(key), createdAt: nowMs };
  return { key, record };
}

function checkRotatable(record: KeyRecord, nowMs: number): void {
  const status = keyStatusOf(record, nowMs);
  if (record.replacedBy !== undefined) {
    throw new LlmpError('invalid_request', `id: was replaced by ${record.replacedBy} already`);
  }
  if (status !== 'active') {
    throw new LlmpError('invalid_request', `id: is ${status}; create a new key instead`);
  }
}

/** Without a limit there is no member either. */
function limitsOf(limits: KeyRecord['limits'] | null): Pick<KeyRecord, 'limits'> {
  return limits && Object.keys(limits).length > 0 ? { limits } : {};
}

function policyOf(policy: string | null | undefined): Pick<KeyRecord, 'policy'> {
  return policy === undefined || policy === null ? {} : { policy };
}

function collectionsOf(
  collections: readonly string[] | null | undefined,
): Pick<KeyRecord, 'collections'> {
  return collections === undefined || collections === null ? {} : { collections };
}

/** Each must be there, and for any team or for that of the key. */
async function checkCollections(
  store: Pick<Store, 'collection'>,
  names: readonly string[],
  team: string | undefined,
): Promise<void> {
  const faults: string[] = [];
  for (const name of names) {
    const record = await answered(store.collection(name));
    if (!record) faults.push(`collections: there is no collection ${JSON.stringify(name)}`);
    else if (record.team !== undefined && record.team !== team) {
      faults.push(`collections: ${name} belongs to another team`);
    }
  }
  if (faults.length > 0) throw new LlmpError('invalid_request', faults.join('; '));
}

function cacheOf(cacheMs: number | null | undefined): Pick<KeyRecord, 'cacheMs'> {
  return cacheMs === undefined || cacheMs === null ? {} : { cacheMs };
}

function present(record: KeyRecord | undefined): KeyRecord {
  if (!record) throw new LlmpError('not_found', 'There is no such key.');
  return record;
}

function viewOf(record: KeyRecord, nowMs: number): KeyView {
  return {
    id: record.id,
    name: record.name,
    team: record.team ?? null,
    models: record.models ?? null,
    policy: record.policy ?? null,
    collections: record.collections ?? null,
    cache_for_seconds: record.cacheMs === undefined ? null : record.cacheMs / 1_000,
    limits: record.limits ? quotaView(record.limits) : null,
    status: keyStatusOf(record, nowMs),
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: stampOf(record.expiresAt),
    revoked_at: stampOf(record.disabledAt),
    replaced_by: record.replacedBy ?? null,
  };
}

function stampOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
