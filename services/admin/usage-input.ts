// Validates usage and ledger queries of the admin API and the command line.

import * as z from 'zod';
import { DAY_MS, dayOf, LEDGER_ORDERS, OUTCOMES } from '../../shared/metering/ledger.ts';
import { reader } from './read-input.ts';

/** Days covered by one usage query. */
const USAGE_SPAN_DAYS = 400;
/** Entries on one page of the ledger. */
export const LEDGER_PAGE_MAX = 1_000;

/** What sums can be grouped by, in column order. */
export const GROUPINGS = ['day', 'key', 'team', 'model'] as const;

export type Grouping = (typeof GROUPINGS)[number];

const day = z
  .string({ error: 'must be a day' })
  .refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && isDay(text), {
    error: 'must be a day such as 2026-11-27',
  });

const groupings = z.string({ error: 'must be text' }).transform((text, { issues }) => {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = GROUPINGS;
  if (names.every((name) => known.includes(name))) {
    return GROUPINGS.filter((name) => names.includes(name));
  }
  issues.push({
    code: 'custom',
    input: text,
    message: `must be a comma-separated list of ${GROUPINGS.join(', ')}`,
  });
  return z.NEVER;
});

const filter = z.string({ error: 'must be text' }).min(1, { error: 'must not be empty' }).max(200);

export const usageInput = z.strictObject({
  from: day.exactOptional(),
  to: day.exactOptional(),
  by: groupings.default(['day', 'key', 'model']),
  key: filter.exactOptional(),
  team: filter.exactOptional(),
  model: filter.exactOptional(),
});

/** A status such as `429`, or a class of them such as `4xx`. */
const status = z
  .string({ error: 'must be text' })
  .regex(/^[0-5](\d\d|xx)$/, { error: 'must be a status such as 429 or 4xx' });

const cursor = z
  .string({ error: 'must be the last_id of a page' })
  .transform((text, { issues }) => {
    const { ms, id } = /^(?<ms>\d{1,15})-(?<id>\w{1,100})$/.exec(text)?.groups ?? {};
    if (ms !== undefined && id !== undefined) return { atMs: Number(ms), id };
    issues.push({ code: 'custom', input: text, message: 'must be the last_id of a page' });
    return z.NEVER;
  });

export const ledgerInput = z.strictObject({
  day: day.exactOptional(),
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(LEDGER_PAGE_MAX, { error: `must be at most ${LEDGER_PAGE_MAX}` })
    .default(100),
  order: z
    .enum(LEDGER_ORDERS, { error: `must be one of ${LEDGER_ORDERS.join(', ')}` })
    .default('oldest'),
  after: cursor.exactOptional(),
  id: filter.exactOptional(),
  key: filter.exactOptional(),
  team: filter.exactOptional(),
  model: filter.exactOptional(),
  status: status.exactOptional(),
  outcome: z.enum(OUTCOMES, { error: `must be one of ${OUTCOMES.join(', ')}` }).exactOptional(),
  error_code: filter.exactOptional(),
});

/** Which entries of a day are meant. */
export type LedgerFilters = Omit<z.output<typeof ledgerInput>, 'day' | 'limit' | 'order' | 'after'>;

const readUsage = reader(usageInput);
const readLedger = reader(ledgerInput);
const readDayRange = reader(
  z
    .strictObject({ from: day, to: day })
    .refine(({ from, to }) => from <= to, { path: ['from'], error: 'must not be after to' })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) < USAGE_SPAN_DAYS * DAY_MS, {
      path: ['from'],
      error: `must be less than ${USAGE_SPAN_DAYS} days before to`,
    }),
);

/** Defaults to this month up to today. @throws `invalid_request` with the path of every issue. */
export function readUsageInput(input: unknown, nowMs: number) {
  const { from, to, ...others } = readUsage(input);
  const last = to ?? dayOf(nowMs);
  return { ...others, ...readDayRange({ from: from ?? `${last.slice(0, 7)}-01`, to: last }) };
}

/** Defaults to today. @throws `invalid_request` with the path of every issue. */
export function readLedgerInput(input: unknown, nowMs: number) {
  return { day: dayOf(nowMs), ...readLedger(input) };
}

function isDay(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && dayOf(ms) === text;
}
