// The billable usage of one response, from the upstream worker to the ledger.

import * as z from 'zod';

const count = z.int().nonnegative();

/** Model names go into logs, so only text that looks like one is accepted. */
export const MODEL_NAME = /^[\w.:/@[\]-]{1,100}$/;

/** As the upstream reported it; an absent field was not reported, or made no sense. */
export const tokenUsageSchema = z.strictObject({
  /** Neither written to the prompt cache nor read from it. */
  input: count.exactOptional(),
  output: count.exactOptional(),
  cacheRead: count.exactOptional(),
  /** Written to the prompt cache for five minutes. */
  cacheWrite5m: count.exactOptional(),
  /** Written to the prompt cache for an hour. */
  cacheWrite1h: count.exactOptional(),
  webSearches: count.exactOptional(),
  /** The model that responded; its price applies. */
  model: z.string().regex(MODEL_NAME).exactOptional(),
});

export type TokenUsage = Readonly<z.infer<typeof tokenUsageSchema>>;

/** What is priced: every count is known, or estimated. */
export type TokenCounts = Required<Omit<TokenUsage, 'model'>>;

export const NO_TOKENS: TokenCounts = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  webSearches: 0,
};

/** Whether a reported number can be a count. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
