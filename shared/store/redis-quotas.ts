// Quotas in Redis, one script per call, so that limits hold across all ingress processes. The arithmetic is
// that of token-bucket.ts, in whole numbers that Lua's doubles hold exactly.
//
// Below the prefix of the owner:
// - `bucket:…`: a hash
// - `leases:…`, `holds:…`: sorted sets by expiry; members of holds are `<holder> <amount>`
// - `spent:…`: a number

import type { Clock } from '../runtime/clock.ts';
import type { LedgerRetention } from '../metering/ledger.ts';
import type { Budget, Quotas, ConcurrencyLease, Settlement } from '../metering/quotas.ts';
import { UNITS_PER_TOKEN } from '../metering/token-bucket.ts';
import type { RedisClient } from './redis-connection.ts';
import { ownerPrefix } from './redis-keys.ts';
import { entryArguments, NO_ENTRY, WRITE_ENTRY } from './redis-ledger.ts';

/** Below this, the difference between the clocks of Redis and a caller is the way of a command. */
const SKEW_MIN_MS = 1_000;

/**
 * Moves times of a caller to the clock of Redis, so that a lease of one caller does not end early for
 * another whose clock is ahead.
 */
const SKEW = `
  local function skewOf(caller)
    local time = redis.call('TIME')
    local skew = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(caller)
    return math.abs(skew) < ${SKEW_MIN_MS} and 0 or skew
  end
`;

/**
 * A bucket expires once it must be full again.
 * - KEYS: buckets, leases, then spent amount and holds of each budget
 * - ARGV: now, holder, until, numbers of buckets, leases and budgets, the caller's clock, then
 *   `perMinute tokens` of each bucket, `max` of each lease and `max hold cost ttl` of each budget
 */
const SHARED = `
  ${SKEW}
  local skew = skewOf(ARGV[7])
  local now, holder, till = tonumber(ARGV[1]) + skew, ARGV[2], tonumber(ARGV[3]) + skew
  local buckets, leases, budgets = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
  local function integer(number) return string.format('%.0f', number) end
  local function read(i)
    local per, tokens = tonumber(ARGV[6 + 2 * i]), tonumber(ARGV[7 + 2 * i])
    local full = per * ${UNITS_PER_TOKEN}
    local stored = redis.call('HMGET', KEYS[i], 'level', 'at')
    if not stored[1] then return per, tokens, full, full, now end
    local was = tonumber(stored[2])
    local at = math.max(now, was)
    local level = math.min(full, tonumber(stored[1]) + (at - was) * per)
    return per, tokens, full, level, at
  end
  local function write(i, per, full, level, at)
    redis.call('HSET', KEYS[i], 'level', integer(level), 'at', integer(at))
    redis.call('PEXPIRE', KEYS[i], integer(math.ceil((full - level) / per) + 60000))
  end
  local function budget(k)
    local key = buckets + leases + 2 * k - 1
    local arg = 4 + 2 * buckets + leases + 4 * k
    return KEYS[key], KEYS[key + 1], ARGV[arg], ARGV[arg + 1], ARGV[arg + 2], ARGV[arg + 3]
  end
`;

/**
 * Returns granted (1 or 0), the level of each bucket, 1 or 0 for each lease, `spent held` of each budget.
 * With a shebang, a full server refuses the script as a whole; without, it refuses only what it writes first.
 */
const RESERVE = `#!lua
  ${SHARED}
  local granted, reply, states = 1, {}, {}
  for i = 1, buckets do
    local per, tokens, full, level, at = read(i)
    if level < math.min(math.max(tokens, 1), per) * ${UNITS_PER_TOKEN} then granted = 0 end
    states[i] = { per, full, level - tokens * ${UNITS_PER_TOKEN}, at }
    reply[i + 1] = integer(level)
  end
  for j = buckets + 1, buckets + leases do
    redis.call('ZREMRANGEBYSCORE', KEYS[j], '-inf', integer(now))
    local leased = redis.call('ZCARD', KEYS[j]) < tonumber(ARGV[7 + buckets + j]) and 1 or 0
    if leased == 0 then granted = 0 end
    reply[j + 1] = leased
  end
  for k = 1, budgets do
    local account, holds, max, hold = budget(k)
    redis.call('ZREMRANGEBYSCORE', holds, '-inf', integer(now))
    local spent, held = tonumber(redis.call('GET', account) or '0'), 0
    for _, member in ipairs(redis.call('ZRANGE', holds, 0, -1)) do
      held = held + tonumber(string.match(member, '%d+$'))
    end
    max, hold = tonumber(max), tonumber(hold)
    if spent + held + hold > max and (held > 0 or spent >= max) then granted = 0 end
    reply[buckets + leases + 2 * k] = integer(spent)
    reply[buckets + leases + 2 * k + 1] = integer(held)
  end
  if granted == 1 then
    for i = 1, buckets do
      local state = states[i]
      write(i, state[1], state[2], state[3], state[4])
      reply[i + 1] = integer(state[3])
    end
    for j = buckets + 1, buckets + leases do
      redis.call('ZADD', KEYS[j], integer(till), holder)
      redis.call('PEXPIRE', KEYS[j], integer(till - now + 60000))
    end
    for k = 1, budgets do
      local _, holds, _, hold = budget(k)
      redis.call('ZADD', holds, integer(till), holder .. ' ' .. hold)
      redis.call('PEXPIRE', holds, integer(till - now + 60000))
    end
  end
  reply[1] = granted
  return reply
`;

/** The keys and arguments of WRITE_ENTRY come last. */
const SETTLE = `${SHARED}
  ${WRITE_ENTRY}
  for i = 1, buckets do
    local per, tokens, full, level, at = read(i)
    write(i, per, full, math.min(full, level + tokens * ${UNITS_PER_TOKEN}), at)
  end
  for j = buckets + 1, buckets + leases do redis.call('ZREM', KEYS[j], holder) end
  for k = 1, budgets do
    local account, holds, _, hold, cost, ttl = budget(k)
    redis.call('ZREM', holds, holder .. ' ' .. hold)
    if tonumber(cost) > 0 then
      redis.call('INCRBY', account, cost)
      redis.call('PEXPIRE', account, ttl)
    end
  end
`;

/** KEYS: leases and holds. ARGV: the caller's clock, until, TTL of the keys, then a member of each. */
const RENEW = `
  ${SKEW}
  local till = string.format('%.0f', tonumber(ARGV[2]) + skewOf(ARGV[1]))
  for j = 1, #KEYS do
    redis.call('ZADD', KEYS[j], 'XX', till, ARGV[3 + j])
    redis.call('PEXPIRE', KEYS[j], ARGV[3])
  end
`;

/** How long a spent amount outlives its period, as the clocks of callers differ. */
const BUDGET_GRACE_MS = 86_400_000;

export function createRedisQuotas(
  redis: RedisClient,
  retention: LedgerRetention,
  clock: Pick<Clock, 'now'>,
): Quotas {
  return {
    async reserve(request) {
      const budgets = request.budgets.map((budget) => ({ ...budget, cost: 0 }));
      const costless = { ...request, budgets };
      const keys = keysOf(costless);
      const args = argsOf(costless, request.untilMs, clock.now());
      const reply = await redis.eval(RESERVE, keys.length, ...keys, ...args);
      const [granted, ...rest] = (reply as (string | number)[]).map(Number);
      const bucketCount = request.charges.length;
      const leaseEnd = bucketCount + request.leases.length;
      const budgetStates = rest.slice(leaseEnd);
      return {
        granted: granted === 1,
        left: rest.slice(0, bucketCount).map((units) => units / UNITS_PER_TOKEN),
        leased: rest.slice(bucketCount, leaseEnd).map((leased) => leased === 1),
        budgets: request.budgets.map((_budget, at) => {
          return { spent: budgetStates[2 * at] ?? 0, held: budgetStates[2 * at + 1] ?? 0 };
        }),
      };
    },
    async settle(settlement) {
      const { entry, nowMs } = settlement;
      const prefix = ownerPrefix(settlement.owner);
      const ledger = entry ? entryArguments(prefix, entry, nowMs, retention) : NO_ENTRY;
      const keys = [...keysOf(settlement), ...ledger.keys];
      const args = [...argsOf(settlement, nowMs, clock.now()), ...ledger.args];
      await redis.eval(SETTLE, keys.length, ...keys, ...args);
    },
    async renew({ owner, nowMs, leases, budgets, holder, untilMs }) {
      const prefix = ownerPrefix(owner);
      const keys = [
        ...leases.map((lease) => leasesKey(prefix, lease)),
        ...budgets.map((budget) => holdsKey(prefix, budget)),
      ];
      if (keys.length === 0) return;
      const members = [
        ...leases.map(() => holder),
        ...budgets.map(({ hold }) => `${holder} ${hold}`),
      ];
      const args = [clock.now(), untilMs, untilMs - nowMs + 60_000, ...members];
      await redis.eval(RENEW, keys.length, ...keys, ...args);
    },
  };
}

const leasesKey = (prefix: string, { scope }: ConcurrencyLease) => `${prefix}leases:${scope}`;

const holdsKey = (prefix: string, { account }: Pick<Budget, 'account'>) =>
  `${prefix}holds:${account}`;

function keysOf({ owner, charges, leases, budgets }: Settlement): string[] {
  const prefix = ownerPrefix(owner);
  return [
    ...charges.map(({ bucket }) => `${prefix}bucket:${bucket}`),
    ...leases.map((lease) => leasesKey(prefix, lease)),
    ...budgets.flatMap((budget) => [`${prefix}spent:${budget.account}`, holdsKey(prefix, budget)]),
  ];
}

function argsOf(
  { nowMs, charges, leases, budgets, holder }: Settlement,
  untilMs: number,
  clockMs: number,
): (string | number)[] {
  return [
    nowMs,
    holder,
    untilMs,
    charges.length,
    leases.length,
    budgets.length,
    clockMs,
    ...charges.flatMap(({ perMinute, tokens }) => [perMinute, tokens]),
    ...leases.map(({ max }) => max),
    ...budgets.flatMap(({ hold, cost, endMs, ...budget }) => {
      const max = 'max' in budget ? Number(budget.max) : 0;
      return [max, hold, cost, Math.max(0, endMs - nowMs) + BUDGET_GRACE_MS];
    }),
  ];
}
