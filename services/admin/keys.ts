// Creates, lists, updates, revokes and rotates keys, for the admin API and the command line.

import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import { compileGlob } from '../../shared/policy/glob.ts';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import { changedLimits, type QuotaLimits } from '../../shared/metering/quotas.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';
import { withStoreErrors } from './store-errors.ts';
import { readCreateInput, readListInput, readRotateInput, readUpdateInput } from './key-input.ts';
import { keyStatusOf } from './key-status.ts';
import { keyView, type KeyPageView, type KeyView, type NewKeyView } from './key-view.ts';
import { findKey, oldestKeys } from './find-key.ts';
import { checkCollections, checkPolicy, type PolicyNames } from './known-names.ts';

export interface KeyServicePorts {
  readonly store: Pick<
    Store,
    'addKey' | 'keyById' | 'listKeys' | 'updateKey' | 'collection' | 'listCollections'
  >;
  readonly policyNames: PolicyNames;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Methods validate their input (`invalid_request`). They take the id or the name of a key, and throw
 * `not_found` for an unknown one and `invalid_request` for a name that several keys have.
 */
export interface KeyService {
  /**
   * @param input `name`, and optional `team`, `models` and `collections` (lists), `policy`, `cache_for`
   * (`10m`), `limits` and `expires_in` (`30d`).
   */
  create(input: unknown): Promise<NewKeyView>;
  /**
   * Oldest first.
   * @param input Optional `limit`, `after`, and the filters `name` (with `*`), `team` and `status`.
   */
  list(input: unknown): Promise<KeyPageView>;
  show(key: string): Promise<KeyView>;
  /**
   * Replaces the given fields, and of `limits` those given; null removes a value.
   * @param input `name`, `policy`, `collections`, `cache_for` and `limits`, all optional.
   */
  change(key: string, input: unknown): Promise<KeyView>;
  /** The key is rejected from now on. Revoking again changes nothing. */
  revoke(key: string): Promise<KeyView>;
  /**
   * Creates a successor with the same settings; the old key stays valid for `overlap`.
   * @param input Optional `overlap` (default 24h) and `expires_in` (default: the old key's expiry).
   */
  rotate(key: string, input: unknown): Promise<NewKeyView>;
}

export function createKeyService({ clock, ...ports }: KeyServicePorts): KeyService {
  const { policyNames } = ports;
  const store = withStoreErrors(ports.store);
  const inUse = (key: string) => {
    const nowMs = clock.now();
    return findKey(store, key, nowMs, (record) => {
      return keyStatusOf(record, nowMs) === 'active' && record.replacedBy === undefined;
    });
  };
  return {
    async create(input) {
      const fields = readCreateInput(input);
      const { name, team, models, policy, collections } = fields;
      const nowMs = clock.now();
      await checkPolicy(policyNames, policy);
      await checkCollections(store, collections ?? [], team ?? undefined);
      const settings = {
        name,
        ...given({ team, models, policy, collections }),
        ...cacheOf(fields.cache_for),
        ...given({ expiresAt: fields.expires_in && nowMs + fields.expires_in.ms }),
        ...limitsOf(changedLimits({}, fields.limits ?? {})),
      };
      const { key, record } = newKey(settings, nowMs);
      await store.addKey(record);
      return { key, ...keyView(record, nowMs) };
    },

    async list(input) {
      const { limit, after: afterId, name = '*', team, status } = readListInput(input);
      const nowMs = clock.now();
      const hasName = compileGlob(name);
      const after = afterId === undefined ? undefined : await store.keyById(afterId);
      if (afterId !== undefined && !after) {
        throw new LlmpError('invalid_request', 'after: must be the last_id of a page');
      }
      const matches = (record: KeyRecord) =>
        hasName(record.name) &&
        (team === undefined || record.team === team) &&
        (status === undefined || status.includes(keyStatusOf(record, nowMs)));
      const records = await oldestKeys(store, matches, { after, limit: limit + 1 });
      const data = records.slice(0, limit).map((record) => keyView(record, nowMs));
      return { data, has_more: records.length > limit, last_id: data.at(-1)?.id ?? null };
    },

    show: async (key) => keyView(await inUse(key), clock.now()),

    async change(key, input) {
      const fields = readUpdateInput(input);
      const { id, team } = await inUse(key);
      await checkPolicy(policyNames, fields.policy);
      await checkCollections(store, fields.collections ?? [], team);
      const changed = await store.updateKey(
        id,
        ({ limits, policy, cacheMs, cacheFor, collections, ...record }) => ({
          ...record,
          ...(fields.name === undefined ? {} : { name: fields.name }),
          ...given({ policy: fields.policy === undefined ? policy : fields.policy }),
          ...given({
            collections: fields.collections === undefined ? collections : fields.collections,
          }),
          ...(fields.cache_for === undefined
            ? given({ cacheMs, cacheFor })
            : cacheOf(fields.cache_for)),
          ...limitsOf(
            fields.limits === null ? {} : changedLimits(limits ?? {}, fields.limits ?? {}),
          ),
        }),
      );
      return keyView(required(changed), clock.now());
    },

    async revoke(key) {
      const nowMs = clock.now();
      const { id } = await inUse(key);
      const revoked = await store.updateKey(id, (record) => ({
        ...record,
        disabledAt: record.disabledAt ?? nowMs,
      }));
      return keyView(required(revoked), nowMs);
    },

    async rotate(idOrName, input) {
      const { overlap, expires_in: life } = readRotateInput(input);
      const nowMs = clock.now();
      const old = await inUse(idOrName);
      checkRotatable(old, nowMs);
      const { name, team, models, policy, cacheMs, cacheFor, collections, limits } = old;
      const expiresAt = life === undefined ? old.expiresAt : nowMs + life.ms;
      const { key, record } = newKey(
        {
          name,
          lineageId: old.lineageId ?? old.id,
          ...given({ team, models, policy, cacheMs, cacheFor, collections, limits, expiresAt }),
        },
        nowMs,
      );
      const retire = (current: KeyRecord): KeyRecord => {
        // Checked again inside the update: the key may have been rotated or revoked in the meantime.
        checkRotatable(current, nowMs);
        const endMs = Math.min(current.expiresAt ?? Infinity, nowMs + overlap.ms);
        return { ...current, expiresAt: endMs, rotatedAt: nowMs, replacedBy: record.id };
      };
      required(await store.updateKey(old.id, retire, record));
      return { key, replaces: old.id, ...keyView(record, nowMs) };
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

function cacheOf(
  cacheFor: { readonly ms: number; readonly sent: string } | null | undefined,
): Pick<KeyRecord, 'cacheMs' | 'cacheFor'> {
  return cacheFor ? { cacheMs: cacheFor.ms, cacheFor: cacheFor.sent } : {};
}

type Given<Fields> = { [Name in keyof Fields]?: NonNullable<Fields[Name]> };

/** Without undefined fields and nulls, which a record does not have. */
function given<Fields extends object>(fields: Fields): Given<Fields> {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(entries) as Given<Fields>;
}

function required(record: KeyRecord | undefined): KeyRecord {
  if (!record) throw new LlmpError('not_found', 'There is no such key.');
  return record;
}
