// Creates, lists, updates, revokes and rotates keys, for the admin API and the command line.

import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import { changedLimits, type QuotaLimits } from '../../shared/metering/quotas.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';
import { withStoreErrors } from './store-errors.ts';
import { readCreateInput, readListInput, readRotateInput, readUpdateInput } from './key-input.ts';
import { quotaView, type QuotaView } from './quota-input.ts';
import { keyStatusOf, type KeyStatus } from './key-status.ts';

export interface KeyServicePorts {
  readonly store: Pick<Store, 'addKey' | 'keyById' | 'listKeys' | 'updateKey' | 'collection'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A key without its hash. Times are ISO 8601, or null for never. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly team: string | null;
  /** null: all models. */
  readonly models: readonly string[] | null;
  /** null: the default policy. */
  readonly policy: string | null;
  /** Collections to search for its requests; null: none. */
  readonly collections: readonly string[] | null;
  /** TTL of cached responses in seconds; null: no cache. */
  readonly cache_for_seconds: number | null;
  /** null: no limits. */
  readonly limits: QuotaView | null;
  readonly status: KeyStatus;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly replaced_by: string | null;
}

/** `key` is the secret itself, which is shown only once. */
export type NewKeyView = KeyView & { readonly key: string };

export interface KeyPageView {
  readonly data: readonly KeyView[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** Methods validate their input (`invalid_request`) and throw `not_found` for an unknown key. */
export interface KeyService {
  /**
   * @param input `name`, and optional `team`, `models` and `collections` (lists), `policy`, `cache_for`
   * (`10m`), `limits` and `expires_in` (`30d`).
   */
  create(input: unknown): Promise<NewKeyView>;
  /** @param input Optional `limit` and `after`. */
  list(input: unknown): Promise<KeyPageView>;
  /**
   * Replaces the given fields, and of `limits` those given; null removes a value.
   * @param input `name`, `policy`, `collections`, `cache_for` and `limits`, all optional.
   */
  change(id: string, input: unknown): Promise<KeyView>;
  /** The key is rejected from now on. Revoking again changes nothing. */
  revoke(id: string): Promise<KeyView>;
  /**
   * Creates a successor with the same settings; the old key stays valid for `overlap`.
   * @param input Optional `overlap` (default 24h) and `expires_in` (default: the old key's expiry).
   */
  rotate(id: string, input: unknown): Promise<NewKeyView>;
}

export function createKeyService({ clock, ...ports }: KeyServicePorts): KeyService {
  const store = withStoreErrors(ports.store);
  return {
    async create(input) {
      const fields = readCreateInput(input);
      const { name, team, models, policy, collections } = fields;
      const nowMs = clock.now();
      const life = fields.expires_in ?? null;
      await checkCollections(store, collections ?? [], team ?? undefined);
      const settings = {
        name,
        ...given({ team, models, policy, collections }),
        ...given({ cacheMs: fields.cache_for }),
        ...given({ expiresAt: life === null ? null : nowMs + life }),
        ...limitsOf(changedLimits({}, fields.limits ?? {})),
      };
      const { key, record } = newKey(settings, nowMs);
      await store.addKey(record);
      return { key, ...viewOf(record, nowMs) };
    },

    async list(input) {
      const { limit, ...from } = readListInput(input);
      const nowMs = clock.now();
      const records = await store.listKeys({ ...from, limit: limit + 1 });
      const data = records.slice(0, limit).map((record) => viewOf(record, nowMs));
      return { data, has_more: records.length > limit, last_id: data.at(-1)?.id ?? null };
    },

    async change(id, input) {
      const fields = readUpdateInput(input);
      if (fields.collections) {
        const { team } = required(await store.keyById(id));
        await checkCollections(store, fields.collections, team);
      }
      const changed = await store.updateKey(
        id,
        ({ limits, policy, cacheMs, collections, ...record }) => ({
          ...record,
          ...(fields.name === undefined ? {} : { name: fields.name }),
          ...given({ policy: fields.policy === undefined ? policy : fields.policy }),
          ...given({
            collections: fields.collections === undefined ? collections : fields.collections,
          }),
          ...given({ cacheMs: fields.cache_for === undefined ? cacheMs : fields.cache_for }),
          ...limitsOf(
            fields.limits === null ? {} : changedLimits(limits ?? {}, fields.limits ?? {}),
          ),
        }),
      );
      return viewOf(required(changed), clock.now());
    },

    async revoke(id) {
      const nowMs = clock.now();
      const revoked = await store.updateKey(id, (record) => ({
        ...record,
        disabledAt: record.disabledAt ?? nowMs,
      }));
      return viewOf(required(revoked), nowMs);
    },

    async rotate(id, input) {
      const { overlap: overlapMs, expires_in: lifeMs } = readRotateInput(input);
      const nowMs = clock.now();
      const old = required(await store.keyById(id));
      checkRotatable(old, nowMs);
      const { name, team, models, policy, cacheMs, collections, limits } = old;
      const expiresAt = lifeMs === undefined ? old.expiresAt : nowMs + lifeMs;
      const { key, record } = newKey(
        {
          name,
          lineageId: old.lineageId ?? old.id,
          ...given({ team, models, policy, cacheMs, collections, limits, expiresAt }),
        },
        nowMs,
      );
      const retire = (current: KeyRecord): KeyRecord => {
        // Checked again inside the update: the key may have been rotated or revoked in the meantime.
        checkRotatable(current, nowMs);
        const endMs = Math.min(current.expiresAt ?? Infinity, nowMs + overlapMs);
        return { ...current, expiresAt: endMs, rotatedAt: nowMs, replacedBy: record.id };
      };
      required(await store.updateKey(id, retire, record));
      return { key, ...viewOf(record, nowMs) };
    },
  };
}

function newKey(fields: Omit<KeyRecord, 'id' | 'hash' | 'createdAt'>, nowMs: number) {
  const key = createKey();
  const id = parseKey(key)?.id ?? '';
  const record: KeyRecord = { ...fields, id, hash: hashKey(key), createdAt: nowMs };
  return { key, record };
}

function checkRotatable(record: KeyRecord, nowMs: number): void {
  const status = keyStatusOf(record, nowMs);
  if (record.replacedBy !== undefined) {
    throw new LlmpError('invalid_request', `id: has already been replaced by ${record.replacedBy}`);
  }
  if (status !== 'active') {
    throw new LlmpError('invalid_request', `id: is ${status}; create a new key instead`);
  }
}

/** Empty limits are not stored. */
function limitsOf(limits: QuotaLimits): Pick<KeyRecord, 'limits'> {
  return Object.keys(limits).length > 0 ? { limits } : {};
}

type Given<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Without undefined fields and nulls, which a record does not have. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(entries) as Given<Fields>;
}

/** Each collection must exist and belong to no team or to the key's team. */
async function checkCollections(
  store: Pick<Store, 'collection'>,
  names: readonly string[],
  team: string | undefined,
): Promise<void> {
  const issues: string[] = [];
  for (const name of names) {
    const record = await store.collection(name);
    if (!record) issues.push(`collections: there is no collection ${JSON.stringify(name)}`);
    else if (record.team !== undefined && record.team !== team) {
      issues.push(`collections: ${name} belongs to another team`);
    }
  }
  if (issues.length > 0) throw new LlmpError('invalid_request', issues.join('; '));
}

function required(record: KeyRecord | undefined): KeyRecord {
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
    limits: quotaView(record.limits),
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
