// Quotas in Redis, each call one script, so that any number of ingress processes admit together what
// one would. Buckets are hashes under `llmp:bucket:…`, seats are sorted sets under `llmp:seats:…` by
// the time at which they fall free. The arithmetic is that of token-bucket.ts, in whole numbers that
// Lua's doubles hold exactly.

import type { Redis } from 'ioredis';
import type { QuotaOrder, Quotas } from '../quotas.ts';
import { UNITS_PER_TOKEN } from '../token-bucket.ts';

/**
 * KEYS: buckets, then seats. ARGV: now, number of buckets, holder, until, then `perMinute tokens` for
 * each bucket and `max` for each table. A bucket is forgotten once it must be full again.
 */
const SHARED = `
  local now, count = tonumber(ARGV[1]), tonumber(ARGV[2])
  local holder, till = ARGV[3], tonumber(ARGV[4])
  local function whole(number) return string.format('%.0f', number) end
  local function read(i)
    local per, tokens = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
    local full = per * ${UNITS_PER_TOKEN}
    local stored = redis.call('HMGET', KEYS[i], 'level', 'at')
    if not stored[1] then return per, tokens, full, full, now end
    local was = tonumber(stored[2])
    local at = math.max(now, was)
    local level = math.min(full, tonumber(stored[1]) + (at - was) * per)
    return per, tokens, full, level, at
  end
  local function write(i, per, full, level, at)
    redis.call('HSET', KEYS[i], 'level', whole(level), 'at', whole(at))
    redis.call('PEXPIRE', KEYS[i], whole(math.ceil((full - level) / per) + 60000))
  end
`;

/** Answers 1 or 0, then the level of each bucket and 1 or 0 for each table. */
const TAKE = `${SHARED}
  local granted, answer, states = 1, {}, {}
  for i = 1, count do
    local per, tokens, full, level, at = read(i)
    if level < math.min(math.max(tokens, 1), per) * ${UNITS_PER_TOKEN} then granted = 0 end
    states[i] = { per, full, level - tokens * ${UNITS_PER_TOKEN}, at }
    answer[i + 1] = whole(level)
  end
  for j = count + 1, #KEYS do
    redis.call('ZREMRANGEBYSCORE', KEYS[j], '-inf', ARGV[1])
    local seated = redis.call('ZCARD', KEYS[j]) < tonumber(ARGV[4 + count + j]) and 1 or 0
    if seated == 0 then granted = 0 end
    answer[j + 1] = seated
  end
  if granted == 1 then
    for i = 1, count do
      local state = states[i]
      write(i, state[1], state[2], state[3], state[4])
      answer[i + 1] = whole(state[3])
    end
    for j = count + 1, #KEYS do
      redis.call('ZADD', KEYS[j], till, holder)
      redis.call('PEXPIRE', KEYS[j], whole(till - now + 60000))
    end
  end
  answer[1] = granted
  return answer
`;

const SETTLE = `${SHARED}
  for i = 1, count do
    local per, tokens, full, level, at = read(i)
    write(i, per, full, math.min(full, level + tokens * ${UNITS_PER_TOKEN}), at)
  end
  for j = count + 1, #KEYS do redis.call('ZREM', KEYS[j], holder) end
`;

const RENEW = `
  for j = 1, #KEYS do
    redis.call('ZADD', KEYS[j], 'XX', ARGV[2], ARGV[1])
    redis.call('PEXPIRE', KEYS[j], ARGV[3])
  end
`;

export function createRedisQuotas(redis: Redis, prefix: string): Quotas {
  const keysOf = ({ draws, seats }: Pick<QuotaOrder, 'draws' | 'seats'>) => [
    ...draws.map(({ bucket }) => `${prefix}bucket:${bucket}`),
    ...seats.map(({ table }) => `${prefix}seats:${table}`),
  ];
  const run = (script: string, order: Omit<QuotaOrder, 'untilMs'>, untilMs: number) => {
    const { nowMs, draws, seats, holder } = order;
    const keys = keysOf(order);
    const words = [nowMs, draws.length, holder, untilMs].map(String);
    for (const { perMinute, tokens } of draws) words.push(String(perMinute), String(tokens));
    for (const { max } of seats) words.push(String(max));
    return redis.eval(script, keys.length, ...keys, ...words);
  };
  return {
    async take(order) {
      const [granted, ...rest] = (await run(TAKE, order, order.untilMs)) as (string | number)[];
      const count = order.draws.length;
      return {
        granted: granted === 1,
        left: rest.slice(0, count).map((units) => Number(units) / UNITS_PER_TOKEN),
        seated: rest.slice(count).map((seated) => seated === 1),
      };
    },
    async settle(order) {
      await run(SETTLE, order, order.nowMs);
    },
    async renew({ nowMs, seats, holder, untilMs }) {
      const keys = keysOf({ draws: [], seats });
      if (keys.length === 0) return;
      const words = [holder, String(untilMs), String(untilMs - nowMs + 60_000)];
      await redis.eval(RENEW, keys.length, ...keys, ...words);
    },
  };
}
