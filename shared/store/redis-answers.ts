// Cached answers in Redis, where they end by themselves; how much it keeps of them is its own matter
// (`maxmemory` with an eviction policy).

import type { Redis } from 'ioredis';
import * as z from 'zod';
import type { ResponseCacheStore } from './response-cache.ts';

const stored = z.object({ storedAtMs: z.number(), message: z.string(), expiresAtMs: z.number() });

export function createRedisResponses(redis: Redis, prefix: string): ResponseCacheStore {
  const addressOf = (key: string) => `${prefix}answer:${key}`;
  return {
    async answerTo(key, nowMs) {
      const text = await redis.get(addressOf(key));
      if (text === null) return undefined;
      // Redis ends it by its own clock, which is not quite that of whoever asks.
      const { expiresAtMs, ...answer } = stored.parse(JSON.parse(text));
      return expiresAtMs > nowMs ? answer : undefined;
    },
    async saveResponse(key, answer, ttlMs) {
      const text = JSON.stringify({ ...answer, expiresAtMs: answer.storedAtMs + ttlMs });
      await redis.set(addressOf(key), text, 'PX', Math.max(1, Math.ceil(ttlMs)));
    },
  };
}
