// What a finished exchange costs its key: what the upstream reported, or an estimate.

import { costOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import { NO_TOKENS, type TokenCounts } from '../../../shared/metering/token-usage.ts';
import type { Exchange } from '../dispatch/exchange.ts';

export interface BilledUsage {
  readonly tokens: TokenCounts;
  /** Whether any count is an estimate. */
  readonly estimated: boolean;
  /** The model that responded, if reported. */
  readonly model?: string;
}

/**
 * Bytes of an event stream per token, for streams that broke off before reporting usage. An event
 * wraps one or a few words in some 110 bytes, so this errs towards charging too much.
 */
const STREAM_BYTES_PER_TOKEN = 40;

export const NO_USAGE: BilledUsage = { tokens: NO_TOKENS, estimated: false };

/**
 * A response that has begun costs, even if the client left, and so does one that was withheld;
 * rejections and errors cost nothing.
 * @param inputEstimate called only where the upstream did not report the input
 */
export function billedUsageOf(
  { responseSoFar, usage }: Pick<Exchange, 'responseSoFar' | 'usage'>,
  inputEstimate: () => number,
): BilledUsage {
  // Usage without a head: the upstream worker withheld a response that has to be paid.
  const { status, bytes } =
    responseSoFar ?? (usage ? { status: 200, bytes: 0 } : { status: 0, bytes: 0 });
  if (status === 0 || status >= 400) return NO_USAGE;
  const { model, ...reported } = usage ?? {};
  const { input = inputEstimate(), output = Math.ceil(bytes / STREAM_BYTES_PER_TOKEN) } = reported;
  return {
    tokens: { ...NO_TOKENS, ...reported, input, output },
    estimated: reported.input === undefined || reported.output === undefined,
    ...(model === undefined ? {} : { model }),
  };
}

/**
 * Nano-dollars at the price of the model that responded, else of the one requested; null where neither
 * has a price and something was used.
 */
export function costOfUsage(
  { tokens, model }: BilledUsage,
  requested: string,
  prices: PriceTable,
): number | null {
  const price =
    (model === undefined ? undefined : priceOf(prices, model)) ?? priceOf(prices, requested);
  if (price) return costOf(tokens, price, prices.webSearch);
  return tokens.input + tokens.output + tokens.cacheRead > 0 ? null : 0;
}
