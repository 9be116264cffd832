// The store in Redis, shared by any number of ingress processes: one JSON text per key under
// `llmp:key:<hash>`. Nothing waits for ever: a command that Redis does not answer rejects.

import { Redis } from 'ioredis';
import * as z from 'zod';
import type { KeyRecord, Store } from './store.ts';

const PREFIX = 'llmp:';

const keyRecord = z.strictObject({
  id: z.string(),
  hash: z.string(),
  name: z.string(),
  createdAt: z.number(),
});

export interface RedisStoreOptions {
  readonly url: string;
  /** PEM of the authority of a `rediss:` server that no system authority vouches for. */
  readonly ca?: string;
  /** Bound on connecting and on each command. */
  readonly commandMs: number;
  /** Told of connection errors; ioredis reconnects by itself. */
  readonly fault: (error: unknown) => void;
}

/** Connects; rejects when Redis does not answer within `commandMs`. */
export async function connectRedisStore(options: RedisStoreOptions): Promise<Store> {
  const redis = new Redis(options.url, {
    lazyConnect: true,
    ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
    connectTimeout: options.commandMs,
    commandTimeout: options.commandMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (tries) => Math.min(tries * 100, 2_000),
  });
  redis.on('error', options.fault);
  await redis.connect();

  return {
    async keyByHash(hash): Promise<KeyRecord | undefined> {
      const record = await redis.get(`${PREFIX}key:${hash}`);
      return record === null ? undefined : keyRecord.parse(JSON.parse(record));
    },
    async addKey(record) {
      const address = `${PREFIX}key:${record.hash}`;
      await redis
        .multi()
        .setnx(address, JSON.stringify(record))
        .sadd(`${PREFIX}keys`, record.hash)
        .exec();
    },
    async hasKeys() {
      return (await redis.scard(`${PREFIX}keys`)) > 0;
    },
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
