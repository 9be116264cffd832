// Converts limits between the fields of the HTTP API and those of the store.

import * as z from 'zod';
import type { LimitChanges, QuotaLimits } from '../../shared/metering/quotas.ts';

/** The largest limit per minute; its fractions stay exact in doubles. */
export const QUOTA_MAX = 1_000_000_000;
/** The largest budget in dollars; its nano-dollars stay exact in doubles. */
export const BUDGET_USD_MAX = 1_000_000;

const RATES = [
  ['requests_per_minute', 'requestsPerMinute'],
  ['input_tokens_per_minute', 'inputTokensPerMinute'],
  ['output_tokens_per_minute', 'outputTokensPerMinute'],
  ['concurrent_requests', 'concurrentRequests'],
] as const;

const BUDGETS = [
  ['usd_per_day', 'usdPerDay'],
  ['usd_per_month', 'usdPerMonth'],
] as const;

type ApiField = (typeof RATES | typeof BUDGETS)[number][0];

export type QuotaView = Readonly<Partial<Record<ApiField, number>>>;

const error = `must be a whole number from 1 to ${QUOTA_MAX}; leave it out for no limit`;
const amount = z.int({ error }).min(1, { error }).max(QUOTA_MAX, { error });

const usdError =
  `must be a dollar amount from 0.01 to ${BUDGET_USD_MAX} in whole cents; ` +
  'leave it out for no budget';
const dollars = z
  .number({ error: usdError })
  .min(0.01, { error: usdError })
  .max(BUDGET_USD_MAX, { error: usdError })
  .refine((usd) => Math.abs(usd * 100 - Math.round(usd * 100)) < 1e-6, { error: usdError });

/** An omitted field and null mean no limit. */
export const quotas = z
  .strictObject({
    requests_per_minute: amount.nullable().exactOptional(),
    input_tokens_per_minute: amount.nullable().exactOptional(),
    output_tokens_per_minute: amount.nullable().exactOptional(),
    concurrent_requests: amount.nullable().exactOptional(),
    usd_per_day: dollars.nullable().exactOptional(),
    usd_per_month: dollars.nullable().exactOptional(),
  })
  .transform((fields): LimitChanges => {
    return Object.fromEntries(
      [...RATES, ...BUDGETS].flatMap(([field, property]) =>
        fields[field] === undefined ? [] : [[property, fields[field]]],
      ),
    );
  });

/** Limits to change: null removes one, an omitted field keeps it. */
export const quotaChanges = quotas.refine((changes) => Object.keys(changes).length > 0, {
  error: 'must name a limit to change; null in place of the limits removes all',
});

/** null: no limits. */
export function quotaView(stored: QuotaLimits = {}): QuotaView | null {
  const set = [...RATES, ...BUDGETS].flatMap(([field, property]) =>
    stored[property] === undefined ? [] : [[field, stored[property]] as const],
  );
  return set.length === 0 ? null : Object.fromEntries(set);
}
