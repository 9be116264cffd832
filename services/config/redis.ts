// The settings of Redis, which several servers can be.

import { readRedisUrl, withRedisPassword } from '../../shared/runtime/redis-url.ts';
import type { SettingName, Settings } from './settings.ts';

export interface RedisConfig {
  /** One server, a cluster or sentinels, as in `runtime/redis-url.ts`. May contain a password. */
  readonly redisUrl: string | null;
  /** CA certificate of the Redis servers, PEM. */
  readonly redisCa: string | null;
  /** Login of the sentinels; null: none. */
  readonly redisSentinel: { readonly user?: string; readonly password: string } | null;
}

export function redisOf(settings: Settings): RedisConfig {
  const { REDIS_URL: url, REDIS_PASSWORD: password, REDIS_CA: ca } = settings;
  const { REDIS_SENTINEL_USER: user, REDIS_SENTINEL_PASSWORD: sentinelPassword } = settings;
  return {
    redisUrl:
      url === undefined || password === undefined
        ? (url ?? null)
        : withRedisPassword(url, password),
    redisCa: ca ?? null,
    redisSentinel:
      sentinelPassword === undefined
        ? null
        : { ...(user === undefined ? {} : { user }), password: sentinelPassword },
  };
}

/** Settings that have no effect, or lack another one. */
export function redisIssues(textOf: (name: SettingName) => string | undefined): string[] {
  const url = textOf('REDIS_URL');
  const issues: string[] = [];
  for (const name of ['REDIS_CA', 'REDIS_PASSWORD'] as const) {
    if (textOf(name) !== undefined && url === undefined) {
      issues.push(`${name}: has no effect because REDIS_URL is not set`);
    }
  }
  const address = url === undefined ? undefined : readRedisUrl(url);
  for (const name of ['REDIS_SENTINEL_USER', 'REDIS_SENTINEL_PASSWORD'] as const) {
    // A wrong URL is reported by itself.
    if (textOf(name) === undefined || (url !== undefined && address === undefined)) continue;
    if (address?.kind !== 'sentinel') {
      issues.push(`${name}: has no effect because REDIS_URL names no sentinels`);
    }
  }
  const needsPassword = textOf('REDIS_SENTINEL_USER') !== undefined;
  if (needsPassword && textOf('REDIS_SENTINEL_PASSWORD') === undefined) {
    issues.push('REDIS_SENTINEL_USER: needs REDIS_SENTINEL_PASSWORD');
  }
  return issues;
}
