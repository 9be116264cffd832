// What was put into conversations, in Redis, where it ends by itself when no turn has asked for it.

import type { Redis } from 'ioredis';
import type { Augmentations } from '../retrieval/augmentations.ts';

/** KEYS: the entry. ARGV: value, life in ms, and if wanted the value it may take the place of. */
const KEEP = `
  local there = redis.call('GET', KEYS[1])
  if there and there ~= ARGV[3] then return there end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return ARGV[1]
`;

export function createRedisAugmentations(redis: Redis, prefix: string): Augmentations {
  const addressOf = (key: string) => `${prefix}injection:${key}`;
  return {
    async augmentations(keys, _nowMs, ttlMs) {
      if (keys.length === 0) return [];
      const read = redis.pipeline();
      for (const key of keys) read.getex(addressOf(key), 'PX', ttlMs);
      const replies = (await read.exec()) ?? [];
      return replies.map(([error, value]) => {
        if (error) throw error;
        return typeof value === 'string' ? value : undefined;
      });
    },
    async saveAugmentation(key, value, { ttlMs, instead }) {
      const words = [addressOf(key), value, String(Math.ceil(ttlMs))];
      return String(
        await redis.eval(KEEP, 1, ...words, ...(instead === undefined ? [] : [instead])),
      );
    },
  };
}
