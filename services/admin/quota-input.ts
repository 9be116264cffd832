// How limits are written by people: in the words of the HTTP API, as whole numbers and as dollars.

import * as z from 'zod';
import { limits } from '../../shared/limits.ts';
import type { QuotaLimits } from '../../shared/metering/quotas.ts';

const MEMBERS = [
  ['requests_per_minute', 'requestsPerMinute'],
  ['input_tokens_per_minute', 'inputTokensPerMinute'],
  ['output_tokens_per_minute', 'outputTokensPerMinute'],
  ['concurrent_requests', 'concurrentRequests'],
] as const;

const BUDGETS = [
  ['usd_per_day', 'usdPerDay'],
  ['usd_per_month', 'usdPerMonth'],
] as const;

type Word = (typeof MEMBERS | typeof BUDGETS)[number][0];

export type QuotaView = Readonly<Partial<Record<Word, number>>>;

const error = `must be a whole number from 1 to ${limits.quotaMax}; leave it out for no limit`;
const amount = z.int({ error }).min(1, { error }).max(limits.quotaMax, { error }).exactOptional();

const usdError =
  `must be dollars from 0.01 to ${limits.budgetUsdMax} without fractions of a cent; ` +
  'leave it out for no budget';
const dollars = z
  .number({ error: usdError })
  .min(0.01, { error: usdError })
  .max(limits.budgetUsdMax, { error: usdError })
  .refine((usd) => Math.abs(usd * 100 - Math.round(usd * 100)) < 1e-6, { error: usdError })
  .exactOptional();

/** Each member may be left out: what is not named is not limited. */
export const quotas = z
  .strictObject({
    requests_per_minute: amount,
    input_tokens_per_minute: amount,
    output_tokens_per_minute: amount,
    concurrent_requests: amount,
    usd_per_day: dollars,
    usd_per_month: dollars,
  })
  .transform((said): QuotaLimits => {
    return Object.fromEntries(
      [...MEMBERS, ...BUDGETS].flatMap(([word, property]) =>
        said[word] === undefined ? [] : [[property, said[word]]],
      ),
    );
  });

export function quotaView(stored: QuotaLimits): QuotaView {
  return Object.fromEntries(
    [...MEMBERS, ...BUDGETS].flatMap(([word, property]) =>
      stored[property] === undefined ? [] : [[word, stored[property]]],
    ),
  );
}
