// The store in Redis, shared by any number of processes: each key is JSON text under its hash, and
// the sorted set of `<id>:<hash>` finds and lists keys by id. Commands time out.

import { changedLimits, type QuotaLimits } from '../metering/quotas.ts';
import { readKeyRecord, readQuotaLimits } from './key-record.ts';
import type { LedgerRetention } from '../metering/ledger.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { mapErrors } from '../runtime/map-errors.ts';
import { createRedisResponses } from './redis-responses.ts';
import { createRedisCollections } from './redis-collections.ts';
import { connectRedis, type RedisClient } from './redis-connection.ts';
import type { RedisConnectionOptions } from './redis-options.ts';
import { redisError } from './redis-error.ts';
import { createRedisAugmentations } from './redis-augmentations.ts';
import { keyNames, PROBE_KEY, TEAMS_KEY, teamKey } from './redis-keys.ts';
import { createRedisLedger } from './redis-ledger.ts';
import { createRedisQuotas } from './redis-quotas.ts';
import type { KeyRecord, Store } from './store.ts';

const { hashes: HASHES, ids: IDS, record: recordKey } = keyNames;

/** How long the value of a readiness probe is kept. */
const PROBE_MS = 60_000;

/** Consecutive write conflicts after which an update fails. */
const CONFLICTS_MAX = 20;

/**
 * Compare and set, so that no concurrent change is lost; adds the successor, if any, in the same step.
 * KEYS: record, hashes, ids, successor. ARGV: record as read, changed record, then record, hash and id
 * entry of the successor.
 */
const UPDATE = `
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
  if ARGV[3] and redis.call('SETNX', KEYS[4], ARGV[3]) == 1 then
    redis.call('SADD', KEYS[2], ARGV[4])
    redis.call('ZADD', KEYS[3], 0, ARGV[5])
  end
  return 1
`;

/** KEYS: limits of a team. ARGV: limits as read, empty where there were none, and changed limits. */
const CHANGE_LIMITS = `
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
  redis.call('SET', KEYS[1], ARGV[2])
  return 1
`;

export interface RedisStoreOptions extends RedisConnectionOptions {
  readonly retention: LedgerRetention;
  readonly clock?: Pick<Clock, 'now'>;
}

/** @throws DependencyError when Redis does not reply within `commandMs`. */
export async function connectRedisStore(options: RedisStoreOptions): Promise<Store> {
  const redis = await connectRedis(options);
  const store = storeOf(redis, options.retention, options.clock ?? systemClock);
  return mapErrors(store, (error) => redisError(error, options.url));
}

function storeOf(redis: RedisClient, retention: LedgerRetention, clock: Pick<Clock, 'now'>): Store {
  return {
    async keyByHash(hash) {
      return recordOf(await redis.get(recordKey(hash)));
    },
    async keyById(id) {
      const hash = await hashOf(redis, id);
      return hash === undefined ? undefined : recordOf(await redis.get(recordKey(hash)));
    },
    async addKey(record) {
      await redis
        .multi()
        .setnx(recordKey(record.hash), JSON.stringify(record))
        .sadd(HASHES, record.hash)
        .zadd(IDS, 0, entryOf(record))
        .exec();
    },
    async listKeys({ after, limit }) {
      // ';' is the character after ':', so this starts after all entries of that id.
      const first = after === undefined ? '-' : `[${after};`;
      const entries = await redis.zrange(IDS, first, '+', 'BYLEX', 'LIMIT', 0, limit);
      if (entries.length === 0) return [];
      const texts = await redis.mget(entries.map((entry) => recordKey(hashIn(entry))));
      return texts.flatMap((text) => recordOf(text) ?? []);
    },
    async updateKey(id, change, successor) {
      const hash = await hashOf(redis, id);
      if (hash === undefined) return undefined;
      const added = successor
        ? [JSON.stringify(successor), successor.hash, entryOf(successor)]
        : [];
      const keys = [recordKey(hash), HASHES, IDS, recordKey(successor?.hash ?? hash)];
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const before = await redis.get(recordKey(hash));
        const found = recordOf(before);
        if (before === null || !found) return undefined;
        const changed = change(found);
        const args = [...keys, before, JSON.stringify(changed), ...added];
        if ((await redis.eval(UPDATE, keys.length, ...args)) === 1) return changed;
      }
      throw new Error('other processes kept changing the key at the same time');
    },
    async hasKeys() {
      return (await redis.scard(HASHES)) > 0;
    },
    async teamLimits(name) {
      return limitsOf(await redis.get(teamKey(name)));
    },
    async setTeamLimits(name, limits) {
      await redis.sadd(TEAMS_KEY, name);
      await redis.set(teamKey(name), JSON.stringify(limits));
    },
    async changeTeamLimits(name, changes) {
      await redis.sadd(TEAMS_KEY, name);
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const before = await redis.get(teamKey(name));
        const changed = changedLimits(limitsOf(before) ?? {}, changes);
        const args = [before ?? '', JSON.stringify(changed)];
        if ((await redis.eval(CHANGE_LIMITS, 1, teamKey(name), ...args)) === 1) return changed;
      }
      throw new Error('other processes kept changing the limits of the team at the same time');
    },
    async limitedTeams() {
      return await redis.smembers(TEAMS_KEY);
    },
    ...createRedisQuotas(redis, retention, clock),
    ...createRedisLedger(redis),
    ...createRedisResponses(redis),
    ...createRedisCollections(redis),
    ...createRedisAugmentations(redis),
    async ready() {
      try {
        await redis.set(PROBE_KEY, '', 'PX', PROBE_MS);
        return true;
      } catch (error) {
        // Redis itself refuses: it is full, read-only, or cannot save.
        if (error instanceof Error && error.name === 'ReplyError') throw error;
        return false;
      }
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
}

function limitsOf(text: string | null): QuotaLimits | undefined {
  return text === null ? undefined : readQuotaLimits(JSON.parse(text));
}

async function hashOf(redis: RedisClient, id: string): Promise<string | undefined> {
  const [entry] = await redis.zrange(IDS, `[${id}:`, `(${id};`, 'BYLEX', 'LIMIT', 0, 1);
  return entry === undefined ? undefined : hashIn(entry);
}

function entryOf({ id, hash }: KeyRecord): string {
  return `${id}:${hash}`;
}

function hashIn(entry: string): string {
  return entry.slice(entry.lastIndexOf(':') + 1);
}

function recordOf(text: string | null): KeyRecord | undefined {
  return text === null ? undefined : readKeyRecord(JSON.parse(text));
}
