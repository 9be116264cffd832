// Cached responses in Redis, which expires them. Limit their size with `maxmemory` and an eviction policy.

import * as z from 'zod';
import { responseKey } from './redis-keys.ts';
import type { RedisClient } from './redis-connection.ts';
import type { ResponseCacheStore } from './response-cache.ts';

const stored = z.object({ storedAtMs: z.number(), message: z.string(), expiresAtMs: z.number() });

export function createRedisResponses(redis: RedisClient): ResponseCacheStore {
  return {
    async cachedResponse(key, nowMs) {
      const text = await redis.get(responseKey(key));
      if (text === null) return undefined;
      // Redis expires entries by its own clock, which may differ from the caller's.
      const { expiresAtMs, ...response } = stored.parse(JSON.parse(text));
      return expiresAtMs > nowMs ? response : undefined;
    },
    async saveResponse(key, response, ttlMs) {
      const text = JSON.stringify({ ...response, expiresAtMs: response.storedAtMs + ttlMs });
      await redis.set(responseKey(key), text, 'PX', Math.max(1, Math.ceil(ttlMs)));
    },
  };
}
