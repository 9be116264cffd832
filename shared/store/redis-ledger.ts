// The ledger in Redis: per partition and day a sorted set of entries by time (`ledger:<day>`) and a hash of
// sums (`usage:<day>`) whose fields are `<count> <group as JSON>`. Both expire.

import {
  DAY_MS,
  dayOf,
  USAGE_COUNTS,
  usageOf,
  type Ledger,
  type LedgerEntry,
  type LedgerPage,
  type LedgerRetention,
  type UsageCounts,
  type UsageSum,
} from '../metering/ledger.ts';
import type { RedisClient } from './redis-connection.ts';
import { PARTITION_PREFIXES } from './redis-keys.ts';
import { inOrder } from './merge.ts';

/**
 * Script fragment; ends the script when the entry exists already. Last KEYS: entries and sums of the day.
 * Last ARGV: fields with their increments, number of fields, entry, its time, TTLs of entries and sums.
 */
export const WRITE_ENTRY = `
  local fields = tonumber(ARGV[#ARGV - 4])
  if fields > 0 then
    local day, sums = KEYS[#KEYS - 1], KEYS[#KEYS]
    if redis.call('ZADD', day, 'NX', ARGV[#ARGV - 2], ARGV[#ARGV - 3]) == 0 then return end
    redis.call('PEXPIRE', day, ARGV[#ARGV - 1])
    for f = #ARGV - 4 - 2 * fields, #ARGV - 5, 2 do
      redis.call('HINCRBY', sums, ARGV[f], ARGV[f + 1])
    end
    redis.call('PEXPIRE', sums, ARGV[#ARGV])
  end
`;

interface EntryArguments {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/** Makes WRITE_ENTRY write nothing. */
export const NO_ENTRY: EntryArguments = { keys: [], args: [0, '', 0, 0, 0] };

/** The arguments of WRITE_ENTRY. */
export function entryArguments(
  prefix: string,
  entry: LedgerEntry,
  nowMs: number,
  { entryDays, usageDays }: LedgerRetention,
): EntryArguments {
  const { day, keyId, team, model, ...counts } = usageOf(entry);
  const group = JSON.stringify([keyId, team, model]);
  const nonZero = USAGE_COUNTS.filter((count) => counts[count] !== 0);
  const dayEndMs = Date.parse(day) + DAY_MS;
  const ttlMs = (days: number) => Math.max(1, dayEndMs + days * DAY_MS - nowMs);
  return {
    keys: [`${prefix}ledger:${day}`, `${prefix}usage:${day}`],
    args: [
      ...nonZero.flatMap((count) => [`${count} ${group}`, counts[count]]),
      nonZero.length,
      JSON.stringify(entry),
      entry.atMs,
      ttlMs(entryDays),
      ttlMs(usageDays),
    ],
  };
}

export function createRedisLedger(redis: RedisClient): Ledger {
  const within = async (key: string, atMs: number) =>
    parse(await redis.zrangebyscore(key, atMs, atMs));
  /** The first entries beyond a time, in their order. */
  const beyond = async (
    key: string,
    order: LedgerPage['order'],
    atMs: number | undefined,
    count: number,
  ) => {
    const from = atMs === undefined ? undefined : `(${atMs}`;
    const texts =
      order === 'newest'
        ? await redis.zrange(key, from ?? '+inf', '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, count)
        : await redis.zrange(key, from ?? '-inf', '+inf', 'BYSCORE', 'LIMIT', 0, count);
    return parse(texts);
  };
  /** Entries of one partition. Redis orders those of one millisecond by their text, so these are read together. */
  const read = async (
    key: string,
    { order, after, limit }: Pick<LedgerPage, 'order' | 'after' | 'limit'>,
  ) => {
    const compare = compareIn(order);
    const [sameTime, others] = await Promise.all([
      after ? within(key, after.atMs) : [],
      beyond(key, order, after?.atMs, limit),
    ]);
    const rest = sameTime.filter((entry) => after !== undefined && compare(entry, after) > 0);
    const cutMs = others.length === limit ? others.at(-1)?.atMs : undefined;
    const whole =
      cutMs === undefined
        ? others
        : [...others.filter(({ atMs }) => atMs !== cutMs), ...(await within(key, cutMs))];
    return [...rest, ...whole].toSorted(compare).slice(0, limit);
  };
  return {
    async listEntries({ day, order, after, limit }) {
      const sources = PARTITION_PREFIXES.map(
        (prefix) => (last: LedgerEntry | undefined, count: number) => {
          const from = last ?? after;
          const start = from === undefined ? {} : { after: from };
          return read(`${prefix}ledger:${day}`, {
            limit: count,
            ...start,
            ...(order === undefined ? {} : { order }),
          });
        },
      );
      return await inOrder(sources, limit, compareIn(order));
    },
    async usage({ from, to }) {
      const days: string[] = [];
      for (let ms = Date.parse(from); dayOf(ms) <= to; ms += DAY_MS) days.push(dayOf(ms));
      const sums = await Promise.all(
        PARTITION_PREFIXES.map(async (prefix) => {
          const sumsRead = redis.pipeline();
          for (const day of days) sumsRead.hgetall(`${prefix}usage:${day}`);
          const replies = (await sumsRead.exec()) ?? [];
          return replies.flatMap(([error, fields], at) => {
            if (error) throw error;
            return sumsOf(days[at] ?? '', fields as Record<string, string>);
          });
        }),
      );
      return sums.flat();
    },
  };
}

type Moment = Pick<LedgerEntry, 'atMs' | 'id'>;

function compareIn(order: LedgerPage['order']): (one: Moment, other: Moment) => number {
  return order === 'newest' ? (one, other) => compareMoments(other, one) : compareMoments;
}

function compareMoments(one: Moment, other: Moment): number {
  return one.atMs - other.atMs || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

function parse(texts: readonly string[]): LedgerEntry[] {
  return texts.map((text) => JSON.parse(text) as LedgerEntry);
}

function sumsOf(day: string, fields: Readonly<Record<string, string>>): UsageSum[] {
  const sums = new Map<string, UsageSum>();
  for (const [field, number] of Object.entries(fields)) {
    const at = field.indexOf(' ');
    const [count, group] = [field.slice(0, at), field.slice(at + 1)];
    const sum = sums.get(group) ?? { ...groupOf(day, group), ...ZERO };
    sums.set(group, { ...sum, [count]: Number(number) });
  }
  return [...sums.values()];
}

const ZERO = Object.fromEntries(USAGE_COUNTS.map((count) => [count, 0])) as UsageCounts;

function groupOf(day: string, group: string) {
  const [keyId = '', team = '', model = ''] = JSON.parse(group) as string[];
  return { day, keyId, team, model };
}
