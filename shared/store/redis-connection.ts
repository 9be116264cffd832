// One connection to Redis, for the store and for the queue: bounded in all it does, and found again by
// itself once it was there. A first connection that fails is given up, with the reason.

import { Redis } from 'ioredis';
import { redisError, redisLoading } from './redis-error.ts';

export interface RedisConnectionOptions {
  readonly url: string;
  /** PEM of the authority of a `rediss:` server that no system authority vouches for. */
  readonly ca?: string;
  /** Bound on connecting and on each command. */
  readonly commandMs: number;
  /** Told of connection errors; ioredis reconnects by itself. */
  readonly onError: (error: unknown) => void;
}

/** Rejects with a `DependencyError` when Redis cannot be had now. */
export async function connectRedis(options: RedisConnectionOptions): Promise<Redis> {
  const { url, ca, commandMs, onError } = options;
  let isConnected = false;
  let reason: unknown;
  const redis = new Redis(url, {
    lazyConnect: true,
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectTimeout: commandMs,
    commandTimeout: commandMs,
    maxRetriesPerRequest: 1,
    retryStrategy: (tries) => (isConnected ? Math.min(tries * 100, 2_000) : null),
  });
  // The client's own rejection says only that the connection is closed.
  redis.on('error', (error) => {
    if (isConnected) onError(redisError(error, url));
    else reason ??= error;
  });
  try {
    await Promise.race([redis.connect(), loading(redis, url)]);
    isConnected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw redisError(reason ?? error, url);
  }
}

/** Rejects when the server says that it is loading: the client would wait for it without a bound. */
function loading(redis: Redis, url: string): Promise<never> {
  return new Promise((_, reject) => {
    redis.once('connect', () => {
      redis.info('persistence').then(
        (text) => {
          if (/^loading:1/m.test(text)) reject(redisLoading(url));
        },
        // What keeps it from answering keeps the connection from being made, too.
        () => undefined,
      );
    });
  });
}
