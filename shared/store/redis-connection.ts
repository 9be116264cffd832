// Connects to Redis for the store and the queue: one server, a cluster, or the primary that sentinels name.
// Every command has a timeout. A lost connection is re-established; a failed first attempt rejects with its
// reason.

import { Redis, type Cluster } from 'ioredis';
import { readRedisUrl, type RedisAddress } from '../runtime/redis-url.ts';
import { connectCluster } from './redis-cluster.ts';
import { redisError, redisLoading } from './redis-error.ts';
import type { NodeOptions, RedisConnectionOptions } from './redis-options.ts';

export type RedisClient = Redis | Cluster;

/** @throws DependencyError when Redis is not available. */
export async function connectRedis(options: RedisConnectionOptions): Promise<RedisClient> {
  const { url, onError } = options;
  const address = readRedisUrl(url);
  if (address?.kind === 'cluster') return await connectCluster(options, address);
  let isConnected = false;
  let reason: unknown;
  const retryStrategy = (attempts: number) =>
    isConnected ? Math.min(attempts * 100, 2_000) : null;
  const common = commonOptions(options, retryStrategy);
  const redis =
    address?.kind === 'sentinel'
      ? new Redis({ ...common, ...sentinelOptions(options, address, retryStrategy) })
      : new Redis(url, { ...common, reconnectOnError: isReadOnly });
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

function commonOptions(
  { ca, commandMs }: RedisConnectionOptions,
  retryStrategy: (attempts: number) => number | null,
): NodeOptions {
  return {
    lazyConnect: true,
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectTimeout: commandMs,
    commandTimeout: commandMs,
    maxRetriesPerRequest: 1,
    retryStrategy,
  };
}

/** Follows the primary: a failover closes the connection, or sentinels announce it. */
function sentinelOptions(
  { ca, sentinel, commandMs }: RedisConnectionOptions,
  { nodes, primary = '', username, password, db, tls }: RedisAddress,
  retryStrategy: (attempts: number) => number | null,
): NodeOptions {
  const secure = ca === undefined ? {} : { ca };
  return {
    sentinels: nodes.map((node) => ({ ...node })),
    name: primary,
    role: 'master',
    failoverDetector: true,
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: commandMs,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(sentinel?.user === undefined ? {} : { sentinelUsername: sentinel.user }),
    ...(sentinel?.password === undefined ? {} : { sentinelPassword: sentinel.password }),
    ...(tls ? { tls: secure, sentinelTLS: secure, enableTLSForSentinelMode: true } : {}),
    // The command was not executed: it is sent again to the new primary.
    reconnectOnError: (error) => (isReadOnly(error) ? 2 : false),
  };
}

/** The primary has become a replica: the address may lead to another server now. */
function isReadOnly(error: Error): boolean {
  return /^READONLY|-READONLY/.test(error.message);
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

/** Another connection, whose commands wait until Redis is back, so that none is lost. */
export function patientDuplicate(redis: RedisClient): RedisClient {
  const patient = { commandTimeout: undefined, maxRetriesPerRequest: null };
  return redis instanceof Redis
    ? redis.duplicate(patient)
    : redis.duplicate([], { redisOptions: patient });
}
