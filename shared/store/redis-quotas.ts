// Quotas in Redis, each call one script, so that any number of ingress processes admit together what
// one would. Buckets are hashes under `llmp:bucket:…`; leases and holds are sorted sets under
// `llmp:leases:…` and `llmp:holds:…` by the time at which they fall free, a hold with its amount behind
// its holder; what was spent is a number under `llmp:spent:…`. The arithmetic is that of
// token-bucket.ts, in whole numbers that Lua's doubles hold exactly.

import type { Redis } from 'ioredis';
import type { LedgerRetention } from '../metering/ledger.ts';
import type { Budget, Quotas, ConcurrencyLease, Settlement } from '../metering/quotas.ts';
import { UNITS_PER_TOKEN } from '../metering/token-bucket.ts';
import { entryWords, NO_ENTRY, WRITE_ENTRY } from './redis-ledger.ts';

/**
 * KEYS: buckets, leases, then for each budget what was spent and who holds some. ARGV: now, holder,
 * until, the numbers of buckets, leases and budgets, then `perMinute tokens` for each bucket, `max` for
 * each table and `max hold cost ttl` for each budget. A bucket is forgotten once it must be full again.
 */
const SHARED = `
  local now, holder, till = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
  local buckets, tables, purses = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local function whole(number) return string.format('%.0f', number) end
  local function read(i)
    local per, tokens = tonumber(ARGV[5 + 2 * i]), tonumber(ARGV[6 + 2 * i])
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
  local function purse(k)
    local key = buckets + tables + 2 * k - 1
    local word = 3 + 2 * buckets + tables + 4 * k
    return KEYS[key], KEYS[key + 1], ARGV[word], ARGV[word + 1], ARGV[word + 2], ARGV[word + 3]
  end
`;

/** Answers 1 or 0, the level of each bucket, 1 or 0 for each table, `spent held` for each budget. */
const TAKE = `${SHARED}
  local granted, answer, states = 1, {}, {}
  for i = 1, buckets do
    local per, tokens, full, level, at = read(i)
    if level < math.min(math.max(tokens, 1), per) * ${UNITS_PER_TOKEN} then granted = 0 end
    states[i] = { per, full, level - tokens * ${UNITS_PER_TOKEN}, at }
    answer[i + 1] = whole(level)
  end
  for j = buckets + 1, buckets + tables do
    redis.call('ZREMRANGEBYSCORE', KEYS[j], '-inf', ARGV[1])
    local seated = redis.call('ZCARD', KEYS[j]) < tonumber(ARGV[6 + buckets + j]) and 1 or 0
    if seated == 0 then granted = 0 end
    answer[j + 1] = seated
  end
  for k = 1, purses do
    local account, holds, max, hold = purse(k)
    redis.call('ZREMRANGEBYSCORE', holds, '-inf', ARGV[1])
    local spent, held = tonumber(redis.call('GET', account) or '0'), 0
    for _, member in ipairs(redis.call('ZRANGE', holds, 0, -1)) do
      held = held + tonumber(string.match(member, '%d+$'))
    end
    max, hold = tonumber(max), tonumber(hold)
    if spent + held + hold > max and (held > 0 or spent >= max) then granted = 0 end
    answer[buckets + tables + 2 * k] = whole(spent)
    answer[buckets + tables + 2 * k + 1] = whole(held)
  end
  if granted == 1 then
    for i = 1, buckets do
      local state = states[i]
      write(i, state[1], state[2], state[3], state[4])
      answer[i + 1] = whole(state[3])
    end
    for j = buckets + 1, buckets + tables do
      redis.call('ZADD', KEYS[j], till, holder)
      redis.call('PEXPIRE', KEYS[j], whole(till - now + 60000))
    end
    for k = 1, purses do
      local _, holds, _, hold = purse(k)
      redis.call('ZADD', holds, till, holder .. ' ' .. hold)
      redis.call('PEXPIRE', holds, whole(till - now + 60000))
    end
  end
  answer[1] = granted
  return answer
`;

/** The ledger's keys and words come last; see redis-ledger.ts. */
const SETTLE = `${SHARED}
  ${WRITE_ENTRY}
  for i = 1, buckets do
    local per, tokens, full, level, at = read(i)
    write(i, per, full, math.min(full, level + tokens * ${UNITS_PER_TOKEN}), at)
  end
  for j = buckets + 1, buckets + tables do redis.call('ZREM', KEYS[j], holder) end
  for k = 1, purses do
    local account, holds, _, hold, cost, ttl = purse(k)
    redis.call('ZREM', holds, holder .. ' ' .. hold)
    if tonumber(cost) > 0 then
      redis.call('INCRBY', account, cost)
      redis.call('PEXPIRE', account, ttl)
    end
  end
`;

const RENEW = `
  for j = 1, #KEYS do
    redis.call('ZADD', KEYS[j], 'XX', ARGV[2], ARGV[3 + j])
    redis.call('PEXPIRE', KEYS[j], ARGV[3])
  end
`;

/** How long what was spent is remembered after its period: askers' clocks differ. */
const BUDGET_GRACE_MS = 86_400_000;

export function createRedisQuotas(
  redis: Redis,
  prefix: string,
  retention: LedgerRetention,
): Quotas {
  const leasesAt = ({ table }: ConcurrencyLease) => `${prefix}seats:${table}`;
  const holdsAt = ({ account }: Pick<Budget, 'account'>) => `${prefix}holds:${account}`;
  const keysOf = ({ charges, leases, budgets }: Settlement) => [
    ...charges.map(({ bucket }) => `${prefix}bucket:${bucket}`),
    ...leases.map(leasesAt),
    ...budgets.flatMap((budget) => [`${prefix}spent:${budget.account}`, holdsAt(budget)]),
  ];
  return {
    async take(order) {
      const asked = { ...order, budgets: order.budgets.map((budget) => ({ ...budget, cost: 0 })) };
      const keys = keysOf(asked);
      const words = wordsOf(asked, order.untilMs);
      const answer = await redis.eval(TAKE, keys.length, ...keys, ...words);
      const [granted, ...rest] = (answer as (string | number)[]).map(Number);
      const buckets = order.charges.length;
      const budgetPeriods = rest.slice(buckets + order.leases.length);
      return {
        granted: granted === 1,
        left: rest.slice(0, buckets).map((units) => units / UNITS_PER_TOKEN),
        leased: rest.slice(buckets, buckets + order.leases.length).map((leased) => leased === 1),
        budgets: order.budgets.map((_budget, at) => {
          return { spent: budgetPeriods[2 * at] ?? 0, held: budgetPeriods[2 * at + 1] ?? 0 };
        }),
      };
    },
    async settle(settlement) {
      const { entry, nowMs } = settlement;
      const written = entry ? entryWords(prefix, entry, nowMs, retention) : NO_ENTRY;
      const keys = [...keysOf(settlement), ...written.keys];
      const words = [...wordsOf(settlement, nowMs), ...written.words];
      await redis.eval(SETTLE, keys.length, ...keys, ...words);
    },
    async renew({ nowMs, leases, budgets, holder, untilMs }) {
      const keys = [...leases.map(leasesAt), ...budgets.map(holdsAt)];
      if (keys.length === 0) return;
      const properties = [
        ...leases.map(() => holder),
        ...budgets.map(({ hold }) => `${holder} ${hold}`),
      ];
      const words = ['', untilMs, untilMs - nowMs + 60_000, ...properties];
      await redis.eval(RENEW, keys.length, ...keys, ...words);
    },
  };
}

function wordsOf(
  { nowMs, charges, leases, budgets, holder }: Settlement,
  untilMs: number,
): (string | number)[] {
  return [
    nowMs,
    holder,
    untilMs,
    charges.length,
    leases.length,
    budgets.length,
    ...charges.flatMap(({ perMinute, tokens }) => [perMinute, tokens]),
    ...leases.map(({ max }) => max),
    ...budgets.flatMap(({ hold, cost, endMs, ...budget }) => {
      const max = 'max' in budget ? Number(budget.max) : 0;
      return [max, hold, cost, Math.max(0, endMs - nowMs) + BUDGET_GRACE_MS];
    }),
  ];
}
