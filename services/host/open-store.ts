import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';

/**
 * Loads only the configured adapter, which saves memory. Rejects with a `DependencyError` when the data
 * directory or Redis cannot be used.
 */
export async function openStore(
  config: Pick<Config, 'redisUrl' | 'redisCa' | 'redisSentinel' | 'dataDir' | 'limits'>,
  onError: (error: unknown) => void,
): Promise<Store> {
  const { redisUrl, redisCa, redisSentinel, dataDir, limits } = config;
  if (!redisUrl) {
    const { openThreadedStore } = await import('../../shared/store/threaded.ts');
    return await openThreadedStore(dataDir, limits.store);
  }
  const { connectRedisStore } = await import('../../shared/store/redis.ts');
  return await connectRedisStore({
    url: redisUrl,
    ...(redisCa === null ? {} : { ca: redisCa }),
    ...(redisSentinel === null ? {} : { sentinel: redisSentinel }),
    commandMs: limits.store.commandMs,
    retention: limits.store.ledger,
    onError,
  });
}
