// What an exchange that has ended has cost its key, as far as that is known.

import { costOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import type { Exchange } from '../dispatch/exchange.ts';

/** Tokens of a request: none, what the upstream says, or what can only be estimated. */
export interface Spent {
  /** undefined: as much as was estimated at the beginning. */
  readonly inputTokens: number | undefined;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  /** The part of `cacheWriteTokens` that is kept for an hour. */
  readonly cacheWriteHourTokens: number;
  readonly outputTokens: number;
  readonly webSearches: number;
  /** Whether any of it could only be estimated. */
  readonly estimated: boolean;
  /** The model that answered, where the answer says it. */
  readonly model?: string;
}

/**
 * Bytes of an event stream for one token, where the answer broke off before it said what it cost. An
 * event is some 110 bytes around one or a few words, so this rather charges too much than nothing.
 */
const STREAM_BYTES_PER_TOKEN = 40;

export const NOTHING_SPENT: Spent = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  outputTokens: 0,
  webSearches: 0,
  estimated: false,
};

/**
 * An answer that began counts, even if the client left, and so does one that was withheld from it; a
 * refusal or an error costs nothing.
 */
export function spentOn({
  answered,
  annotations,
}: Pick<Exchange, 'answered' | 'annotations'>): Spent {
  const withheld = annotations['answerWithheld'] === true ? { status: 200, bytes: 0 } : undefined;
  const { status, bytes } = answered ?? withheld ?? { status: 0, bytes: 0 };
  if (status === 0 || status >= 400) return NOTHING_SPENT;
  const { inputTokens, cacheCreationTokens = 0, outputTokens, answeredBy } = annotations;
  const saysInput = isCount(inputTokens) && isCount(cacheCreationTokens);
  return {
    inputTokens: saysInput ? inputTokens : undefined,
    cacheReadTokens: saysInput ? countOr0(annotations['cacheReadTokens']) : 0,
    cacheWriteTokens: saysInput ? cacheCreationTokens : 0,
    cacheWriteHourTokens: saysInput ? countOr0(annotations['cacheHourTokens']) : 0,
    outputTokens: isCount(outputTokens) ? outputTokens : Math.ceil(bytes / STREAM_BYTES_PER_TOKEN),
    webSearches: countOr0(annotations['webSearches']),
    estimated: !saysInput || !isCount(outputTokens),
    ...(typeof answeredBy === 'string' ? { model: answeredBy } : {}),
  };
}

/**
 * Nano-dollars at the price of the model that answered, or else of the one that was asked; null where
 * neither has a price, unless there is nothing to pay.
 */
export function costOfSpent(
  { inputTokens, model, ...others }: Spent,
  asked: string,
  estimate: number,
  prices: PriceTable,
): number | null {
  const tokens = { ...others, inputTokens: inputTokens ?? estimate };
  const price =
    (model === undefined ? undefined : priceOf(prices, model)) ?? priceOf(prices, asked);
  if (price) return costOf(tokens, price, prices.webSearch);
  return tokens.inputTokens + tokens.outputTokens + tokens.cacheReadTokens > 0 ? null : 0;
}

/** What the upstream writes as usage is no reason to give tokens away. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function countOr0(value: unknown): number {
  return isCount(value) ? value : 0;
}
