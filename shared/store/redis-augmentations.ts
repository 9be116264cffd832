// Saved augmentations in Redis, which expires those that no turn reads.

import { augmentationKey } from './redis-keys.ts';
import type { RedisClient } from './redis-connection.ts';
import type { Augmentations } from '../retrieval/augmentations.ts';

/** KEYS: entry. ARGV: value, TTL in ms, and optionally the value it may replace. */
const SAVE = `
  local existing = redis.call('GET', KEYS[1])
  if existing and existing ~= ARGV[3] then return existing end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
`;

export function createRedisAugmentations(redis: RedisClient): Augmentations {
  return {
    async augmentations(keys, _nowMs, ttlMs) {
      // Single commands, as the keys of a pipeline must be on one server.
      const values = await Promise.all(
        keys.map((key) => redis.getex(augmentationKey(key), 'PX', ttlMs)),
      );
      return values.map((value) => value ?? undefined);
    },
    async saveAugmentation(key, value, { ttlMs, instead }) {
      const args = [augmentationKey(key), value, String(Math.ceil(ttlMs))];
      return String(
        await redis.eval(SAVE, 1, ...args, ...(instead === undefined ? [] : [instead])),
      );
    },
  };
}
