// Which store the configuration means. Apart from the wiring, as the command line needs no more of a
// gateway than this.

import { openEmbeddedStore } from '../shared/store/embedded.ts';
import { connectRedisStore } from '../shared/store/redis.ts';
import type { Store } from '../shared/store/store.ts';
import type { Config } from './config.ts';

/** Rejects when the data directory cannot be written, or Redis does not answer in time. */
export async function openStore(config: Config, fault: (error: unknown) => void): Promise<Store> {
  if (!config.redisUrl) return openEmbeddedStore(config.dataDir, config.limits.ledger);
  return await connectRedisStore({
    url: config.redisUrl,
    ...(config.redisCa === null ? {} : { ca: config.redisCa }),
    commandMs: config.limits.storeMs,
    retention: config.limits.ledger,
    fault,
  });
}
