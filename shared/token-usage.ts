// The billable usage of one response, from the upstream worker to the ledger.

import * as z from 'zod';

const count = z.int().nonnegative();

/** Model names go into logs, so only text that looks like one is accepted. */
export const MODEL_NAME = /^[\w.:/@[\]-]{1,100}$/;
/** Words of the upstream that go into logs, such as `fast` or `us`. */
export const LABEL = /^[\w.-]{1,40}$/;

const modelName = z.string().regex(MODEL_NAME);
const label = z.string().regex(LABEL);

/** One run of a model within a response; only those that have a price of their own are listed. */
const iterationSchema = z.strictObject({
  /** `message`, `compaction`, `advisor_message` or `fallback_message`. */
  type: label.exactOptional(),
  /** Absent for the model of the response. */
  model: modelName.exactOptional(),
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
});

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
  model: modelName.exactOptional(),
  /** Runs of the model that make up the counts above, in whole or in part. */
  iterations: z.array(iterationSchema).exactOptional(),
  /** What the response says of its price: `fast`, `us`, `batch`. */
  speed: label.exactOptional(),
  inferenceGeo: label.exactOptional(),
  serviceTier: label.exactOptional(),
  /** Whether `output` is an estimate, because the upstream reported none for the text it sent. */
  isEstimated: z.literal(true).exactOptional(),
});

export type TokenUsage = Readonly<z.infer<typeof tokenUsageSchema>>;
export type Iteration = Readonly<z.infer<typeof iterationSchema>>;

/** What is priced: every count is known, or estimated. */
export type TokenCounts = Required<
  Pick<
    TokenUsage,
    'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h' | 'webSearches'
  >
>;

/** Reported facts that multiply the price of tokens. */
export type PriceFacts = Pick<TokenUsage, 'speed' | 'inferenceGeo' | 'serviceTier'>;

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
