// What a finished exchange costs its key: what the upstream reported, or an estimate.

import type { UsageSource } from '../../../shared/metering/ledger.ts';
import { costOf, factorOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import {
  NO_TOKENS,
  type Iteration,
  type PriceFacts,
  type TokenCounts,
  type TokenUsage,
} from '../../../shared/token-usage.ts';
import type { Exchange } from '../dispatch/exchange.ts';

export interface BilledUsage {
  readonly tokens: TokenCounts;
  /** Whether any count is an estimate. */
  readonly estimated: boolean;
  /** The model that responded, if reported. */
  readonly model?: string;
  /** Parts of `tokens` that other models may have used. */
  readonly iterations?: readonly Iteration[];
  /** What multiplies the price. */
  readonly facts?: PriceFacts;
  /** Absent where nothing was spent. */
  readonly source?: UsageSource;
}

/**
 * Bytes of an event stream per token, for streams that broke off before reporting usage. An event
 * wraps one or a few words in some 110 bytes, so this errs towards charging too much.
 */
const STREAM_BYTES_PER_TOKEN = 40;

/** The part of an exchange that decides its cost. */
type BilledExchange = Pick<Exchange, 'responseSoFar' | 'usage'> &
  Partial<Pick<Exchange, 'origin' | 'unknownCalls'>>;

export const NO_USAGE: BilledUsage = { tokens: NO_TOKENS, estimated: false };

/**
 * What the response cost, and the input of every call whose outcome is unknown.
 * @param inputEstimate called only where the upstream did not report the input
 */
export function billedUsageOf(exchange: BilledExchange, inputEstimate: () => number): BilledUsage {
  const usage = usageOfResponse(exchange, inputEstimate);
  const { unknownCalls = 0 } = exchange;
  if (unknownCalls === 0) return usage;
  const { tokens } = usage;
  const input = tokens.input + unknownCalls * inputEstimate();
  return { ...usage, tokens: { ...tokens, input }, estimated: true, source: 'estimated' };
}

/**
 * A response that has begun costs, even if the client left, and so does one that was withheld;
 * rejections, errors and responses from the cache cost nothing.
 */
function usageOfResponse(exchange: BilledExchange, inputEstimate: () => number): BilledUsage {
  const { status, bytes } = responseOf(exchange);
  if (status === 0 || status >= 400 || exchange.origin === 'cache') return NO_USAGE;
  const {
    model,
    iterations,
    isEstimated: _,
    speed,
    inferenceGeo,
    serviceTier,
    ...counts
  } = exchange.usage ?? {};
  // The estimate counts cached parts of the prompt as well.
  const { cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = counts;
  const cached = cacheRead + cacheWrite5m + cacheWrite1h;
  const { input = Math.max(0, inputEstimate() - cached) } = counts;
  const { output = Math.ceil(bytes / STREAM_BYTES_PER_TOKEN) } = counts;
  const facts = {
    ...(speed === undefined ? {} : { speed }),
    ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
  const source = sourceOfResponse(exchange);
  return {
    tokens: { ...NO_TOKENS, ...counts, input, output },
    estimated: isIncomplete(exchange.usage),
    ...(model === undefined ? {} : { model }),
    ...(iterations === undefined ? {} : { iterations }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Where the token counts of an exchange come from; `undefined` where nothing was spent. */
export function usageSourceOf(exchange: BilledExchange): UsageSource | undefined {
  return (exchange.unknownCalls ?? 0) > 0 ? 'estimated' : sourceOfResponse(exchange);
}

function sourceOfResponse(exchange: BilledExchange): UsageSource | undefined {
  const { status } = responseOf(exchange);
  if (status === 0 || status >= 400 || exchange.origin === 'cache') return undefined;
  if (exchange.origin === 'simulator') return 'simulator';
  return isIncomplete(exchange.usage) ? 'estimated' : 'reported';
}

/** Usage without a head: the upstream worker withheld a response that has to be paid. */
function responseOf({ responseSoFar, usage }: BilledExchange) {
  return responseSoFar ?? (usage ? { status: 200, bytes: 0 } : { status: 0, bytes: 0 });
}

function isIncomplete({ input, output, isEstimated }: TokenUsage = {}): boolean {
  return input === undefined || output === undefined || isEstimated === true;
}

/**
 * Nano-dollars at the price of the model that responded, else of the one requested; iterations cost the
 * price of their own model. The simulator is free. Null where something was used that has no price.
 */
export function costOfUsage(
  usage: BilledUsage,
  requested: string,
  prices: PriceTable,
): number | null {
  const { tokens, model, iterations = [], facts = {}, source } = usage;
  if (source === 'simulator') return 0;
  const priced = [
    { tokens: remainderOf(tokens, iterations), model, facts },
    ...iterations.map((iteration) => {
      const { type: _type, model: own = model, ...counts } = iteration;
      const counted = { ...counts, webSearches: 0 };
      return { tokens: counted, model: own, facts: factsOf(iteration, facts) };
    }),
  ];
  let cost = 0;
  for (const part of priced) {
    if (isNothing(part.tokens)) continue;
    const price =
      (part.model === undefined ? undefined : priceOf(prices, part.model)) ??
      priceOf(prices, requested);
    if (!price) return null;
    cost += costOf(part.tokens, price, prices.webSearch, factorOf(prices, part.facts));
  }
  // Stores add up whole numbers.
  return Math.min(cost, Number.MAX_SAFE_INTEGER);
}

/** An advisor runs at standard speed: only the request's own model and its fallbacks can be fast. */
function factsOf({ type }: Iteration, facts: PriceFacts): PriceFacts {
  if (type !== 'advisor_message') return facts;
  const { speed: _, ...others } = facts;
  return others;
}

/** The tokens that no iteration includes. */
function remainderOf(tokens: TokenCounts, iterations: readonly Iteration[]): TokenCounts {
  const rest = (name: Exclude<keyof TokenCounts, 'webSearches'>) =>
    Math.max(0, tokens[name] - iterations.reduce((sum, one) => sum + one[name], 0));
  return {
    input: rest('input'),
    output: rest('output'),
    cacheRead: rest('cacheRead'),
    cacheWrite5m: rest('cacheWrite5m'),
    cacheWrite1h: rest('cacheWrite1h'),
    webSearches: tokens.webSearches,
  };
}

function isNothing(tokens: TokenCounts): boolean {
  return Object.values(tokens).every((count) => count === 0);
}
