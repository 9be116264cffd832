// Every contract that Redis fulfils, against one group of servers.

import type { Redis } from 'ioredis';
import { describe } from 'vitest';
import { systemClock } from '../../shared/runtime/clock.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { limits } from '../../shared/limits.ts';
import { redisFixtureOf } from '../kit/queue-fixtures.ts';
import type { RedisGroup } from '../kit/redis-cluster.ts';
import { collectionSuite } from './collections-suite.ts';
import { ledgerSuite } from './ledger-suite.ts';
import { queueSuite } from './queue-suite.ts';
import { quotaSuite } from './quotas-suite.ts';
import { storeSuite } from './store-suite.ts';

/** @param primaries the servers that hold data now */
export function redisSuites(
  name: string,
  group: () => Pick<RedisGroup, 'url'>,
  primaries: () => readonly Redis[],
): void {
  const open = () =>
    connectRedisStore({
      url: group().url,
      commandMs: 5_000,
      retention: limits.store.ledger,
      onError: () => {},
    });
  describe(`the store in ${name}`, () => {
    storeSuite(open);
  });
  describe(`quotas in ${name}`, () => {
    quotaSuite(open);
  });
  describe(`the ledger in ${name}`, () => {
    ledgerSuite(open);
  });
  describe(`collections in ${name}`, () => {
    collectionSuite(open);
  });
  queueSuite(`BullMQ in ${name}`, async () => {
    // One group of servers for all queues, one after the other.
    for (const primary of primaries()) await primary.flushall();
    const { url } = group();
    return redisFixtureOf({ url, [Symbol.asyncDispose]: async () => {} }, systemClock);
  });
}
