// Connects to Redis for the store and the queue. Every command has a timeout. A lost connection is
// re-established; a failed first attempt rejects with its reason.

import { Redis } from 'ioredis';
import { redisError, redisLoading } from './redis-error.ts';

export interface RedisConnectionOptions {
  readonly url: string;
  /** CA certificate (PEM) of a `rediss:` server, when the system does not trust it. */
  readonly ca?: string;
  /** Timeout of connecting and of each command. */
  readonly commandMs: number;
  /** Reports connection errors; ioredis reconnects on its own. */
  readonly onError: (error: unknown) => void;
}

/** @throws DependencyError when Redis is not available. */
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
    retryStrategy: (attempts) => (isConnected ? Math.min(attempts * 100, 2_000) : null),
  });
  // `connect` rejects with only "Connection is closed"; the reason comes as an event.
  redis.on('error', (error) => {
    if (isConnected) onError(redisError(error, url));
    else reason ??= error;
  });
  try {
    await Promise.race([redis.connect(), rejectWhileLoading(redis, url)]);
    isConnected = true;
    return redis;
  } catch (error) {
    redis.disconnect();
    throw redisError(reason ?? error, url);
  }
}

/** While Redis loads its data the client would wait without a timeout. */
function rejectWhileLoading(redis: Redis, url: string): Promise<never> {
  return new Promise((_, reject) => {
    redis.once('connect', () => {
      redis.info('persistence').then(
        (text) => {
          if (/^loading:1/m.test(text)) reject(redisLoading(url));
        },
        // An error here also makes `connect` reject.
        () => undefined,
      );
    });
  });
}
