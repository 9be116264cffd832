// The ledger in Redis: for each day a sorted set of records by time under `llmp:ledger:<day>`, and a
// hash of their sums under `llmp:usage:<day>`, whose fields are `<count> <group as JSON>`. Both expire
// by themselves.

import type { Redis } from 'ioredis';
import {
  DAY_MS,
  dayOf,
  USAGE_COUNTS,
  usageOf,
  type Ledger,
  type LedgerEntry,
  type LedgerRetention,
  type UsageCounts,
  type UsageSum,
} from '../metering/ledger.ts';

/**
 * Part of a script. KEYS, at the end: records and sums of the day. ARGV, at the end: fields and what
 * each grows by, then their number, the record, its time, and how long records and sums are kept. The
 * script ends here when the record is there already.
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

interface EntryWords {
  readonly keys: readonly string[];
  readonly words: readonly (string | number)[];
}

/** For a script that writes no record. */
export const NO_ENTRY: EntryWords = { keys: [], words: [0, '', 0, 0, 0] };

/** What WRITE_ENTRY needs to write a record. */
export function entryWords(
  prefix: string,
  entry: LedgerEntry,
  nowMs: number,
  { entryDays, usageDays }: LedgerRetention,
): EntryWords {
  const { day, keyId, team, model, ...counts } = usageOf(entry);
  const group = JSON.stringify([keyId, team, model]);
  const grown = USAGE_COUNTS.filter((count) => counts[count] !== 0);
  const dayEndMs = Date.parse(day) + DAY_MS;
  const keptMs = (days: number) => Math.max(1, dayEndMs + days * DAY_MS - nowMs);
  return {
    keys: [`${prefix}ledger:${day}`, `${prefix}usage:${day}`],
    words: [
      ...grown.flatMap((count) => [`${count} ${group}`, counts[count]]),
      grown.length,
      JSON.stringify(entry),
      entry.atMs,
      keptMs(entryDays),
      keptMs(usageDays),
    ],
  };
}

export function createRedisLedger(redis: Redis, prefix: string): Ledger {
  return {
    async listEntries({ day, after, limit }) {
      const key = `${prefix}ledger:${day}`;
      if (!after)
        return parse(await redis.zrange(key, '-inf', '+inf', 'BYSCORE', 'LIMIT', 0, limit));
      const { atMs, id } = after;
      const [level, later] = await Promise.all([
        redis.zrangebyscore(key, atMs, atMs),
        redis.zrange(key, `(${atMs}`, '+inf', 'BYSCORE', 'LIMIT', 0, limit),
      ]);
      const rest = parse(level).filter((entry) => entry.id > id);
      return [...rest, ...parse(later)].slice(0, limit);
    },
    async usage({ from, to }) {
      const days: string[] = [];
      for (let ms = Date.parse(from); dayOf(ms) <= to; ms += DAY_MS) days.push(dayOf(ms));
      const read = redis.pipeline();
      for (const day of days) read.hgetall(`${prefix}usage:${day}`);
      const answers = (await read.exec()) ?? [];
      return answers.flatMap(([error, fields], at) => {
        if (error) throw error;
        return sumsOf(days[at] ?? '', fields as Record<string, string>);
      });
    },
  };
}

function parse(texts: readonly string[]): LedgerEntry[] {
  return texts.map((text) => JSON.parse(text) as LedgerEntry);
}

function sumsOf(day: string, fields: Readonly<Record<string, string>>): UsageSum[] {
  const sums = new Map<string, UsageSum>();
  for (const [field, number] of Object.entries(fields)) {
    const at = field.indexOf(' ');
    const [count, group] = [field.slice(0, at), field.slice(at + 1)];
    const sum = sums.get(group) ?? { ...groupOf(day, group), ...NOTHING };
    sums.set(group, { ...sum, [count]: Number(number) });
  }
  return [...sums.values()];
}

const NOTHING = Object.fromEntries(USAGE_COUNTS.map((count) => [count, 0])) as UsageCounts;

function groupOf(day: string, group: string) {
  const [keyId = '', team = '', model = ''] = JSON.parse(group) as string[];
  return { day, keyId, team, model };
}
