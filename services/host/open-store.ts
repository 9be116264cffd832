// Which store the configuration means. Apart from the wiring, as the command line needs no more of a
// gateway than this.

import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';

/** Rejects with a `DependencyError` when the data directory or Redis cannot be had. */
export async function openStore(config: Config, onError: (error: unknown) => void): Promise<Store> {
  // Only the adapter that is used is loaded: each client costs memory.
  if (!config.redisUrl) {
    const { openEmbeddedStore } = await import('../../shared/store/embedded.ts');
    try {
      return openEmbeddedStore(config.dataDir, config.limits.ledger);
    } catch (error) {
      throw dataDirectoryError(error, config.dataDir);
    }
  }
  const { connectRedisStore } = await import('../../shared/store/redis.ts');
  return await connectRedisStore({
    url: config.redisUrl,
    ...(config.redisCa === null ? {} : { ca: config.redisCa }),
    commandMs: config.limits.storeMs,
    retention: config.limits.ledger,
    onError,
  });
}
