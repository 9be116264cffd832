// The store in Redis, shared by any number of ingress processes: one JSON text per key under
// `llmp:key:<hash>`, and the sorted set `llmp:key-ids` of `<id>:<hash>` to find and list them by id.
// Nothing waits for ever: a command that Redis does not answer rejects.

import type { Redis } from 'ioredis';
import { readKeyRecord, readQuotaLimits } from './key-record.ts';
import type { LedgerRetention } from '../metering/ledger.ts';
import { limits as bounds } from '../limits.ts';
import { namingErrors } from '../runtime/naming-errors.ts';
import { createRedisResponses } from './redis-answers.ts';
import { createRedisCollections } from './redis-collections.ts';
import { connectRedis, type RedisConnectionOptions } from './redis-connection.ts';
import { redisError } from './redis-error.ts';
import { createRedisAugmentations } from './redis-injections.ts';
import { createRedisLedger } from './redis-ledger.ts';
import { createRedisQuotas } from './redis-quotas.ts';
import type { KeyRecord, Store } from './store.ts';

const PREFIX = 'llmp:';
const HASHES = `${PREFIX}keys`;
const IDS = `${PREFIX}key-ids`;

/** Writers that came first, in a row, before an update is given up: nobody changes one key so often. */
const CONFLICTS_MAX = 20;

/**
 * Stores a record only where it still is as it was read, so that no change of another process is
 * lost, and in the same step adds a successor when there is one.
 * KEYS: record, hashes, ids, successor. ARGV: as read, as changed, then the successor's record, hash
 * and id entry.
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

export interface RedisStoreOptions extends RedisConnectionOptions {
  readonly retention?: LedgerRetention;
}

/** Connects; rejects when Redis does not answer within `commandMs`. */
export async function connectRedisStore(options: RedisStoreOptions): Promise<Store> {
  const redis = await connectRedis(options);
  return namingErrors(storeOf(redis, options.retention ?? bounds.ledger), (error) =>
    redisError(error, options.url),
  );
}

function storeOf(redis: Redis, retention: LedgerRetention): Store {
  return {
    async keyByHash(hash) {
      return recordOf(await redis.get(addressOf(hash)));
    },
    async keyById(id) {
      const hash = await hashOf(redis, id);
      return hash === undefined ? undefined : recordOf(await redis.get(addressOf(hash)));
    },
    async addKey(record) {
      await redis
        .multi()
        .setnx(addressOf(record.hash), JSON.stringify(record))
        .sadd(HASHES, record.hash)
        .zadd(IDS, 0, entryOf(record))
        .exec();
    },
    async listKeys({ after, limit }) {
      // ';' is the character after ':', so this begins behind every entry of that id.
      const first = after === undefined ? '-' : `[${after};`;
      const entries = await redis.zrange(IDS, first, '+', 'BYLEX', 'LIMIT', 0, limit);
      if (entries.length === 0) return [];
      const texts = await redis.mget(entries.map((entry) => addressOf(hashIn(entry))));
      return texts.flatMap((text) => recordOf(text) ?? []);
    },
    async updateKey(id, change, successor) {
      const hash = await hashOf(redis, id);
      if (hash === undefined) return undefined;
      const added = successor
        ? [JSON.stringify(successor), successor.hash, entryOf(successor)]
        : [];
      const keys = [addressOf(hash), HASHES, IDS, addressOf(successor?.hash ?? hash)];
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const before = await redis.get(addressOf(hash));
        const found = recordOf(before);
        if (before === null || !found) return undefined;
        const changed = change(found);
        const words = [...keys, before, JSON.stringify(changed), ...added];
        if ((await redis.eval(UPDATE, keys.length, ...words)) === 1) return changed;
      }
      throw new Error('a key was changed by others again and again');
    },
    async hasKeys() {
      return (await redis.scard(HASHES)) > 0;
    },
    async teamLimits(name) {
      const text = await redis.get(`${PREFIX}team:${name}`);
      return text === null ? undefined : readQuotaLimits(JSON.parse(text));
    },
    async setTeamLimits(name, limits) {
      await redis.set(`${PREFIX}team:${name}`, JSON.stringify(limits));
    },
    ...createRedisQuotas(redis, PREFIX, retention),
    ...createRedisLedger(redis, PREFIX),
    ...createRedisResponses(redis, PREFIX),
    ...createRedisCollections(redis, PREFIX),
    ...createRedisAugmentations(redis, PREFIX),
    async ready() {
      try {
        return (await redis.ping()) === 'PONG';
      } catch {
        return false;
      }
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
}

async function hashOf(redis: Redis, id: string): Promise<string | undefined> {
  const [entry] = await redis.zrange(IDS, `[${id}:`, `(${id};`, 'BYLEX', 'LIMIT', 0, 1);
  return entry === undefined ? undefined : hashIn(entry);
}

function addressOf(hash: string): string {
  return `${PREFIX}key:${hash}`;
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
