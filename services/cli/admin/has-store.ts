import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';

/** Redis is there before its first key; a data directory without this file was never used. */
export function hasStore({ redisUrl, dataDir }: Pick<Config, 'redisUrl' | 'dataDir'>): boolean {
  return redisUrl !== null || existsSync(join(dataDir, 'llmp.db'));
}
