// Saved augmentations in Redis, which expires those that no turn reads.

import type { Redis } from 'ioredis';
import type { Augmentations } from '../retrieval/augmentations.ts';

/** KEYS: entry. ARGV: value, TTL in ms, and optionally the value it may replace. */
const SAVE = `
  local existing = redis.call('GET', KEYS[1])
  if existing and existing ~= ARGV[3] then return existing end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
`;

export function createRedisAugmentations(redis: Redis, prefix: string): Augmentations {
  const redisKey = (key: string) => `${prefix}augmentation:${key}`;
  return {
    async augmentations(keys, _nowMs, ttlMs) {
      if (keys.length === 0) return [];
      const read = redis.pipeline();
      for (const key of keys) read.getex(redisKey(key), 'PX', ttlMs);
      const replies = (await read.exec()) ?? [];
      return replies.map(([error, value]) => {
        if (error) throw error;
        return typeof value === 'string' ? value : undefined;
      });
    },
    async saveAugmentation(key, value, { ttlMs, instead }) {
      const args = [redisKey(key), value, String(Math.ceil(ttlMs))];
      return String(
        await redis.eval(SAVE, 1, ...args, ...(instead === undefined ? [] : [instead])),
      );
    },
  };
}
