// Prices are in dollars per million tokens, as published; costs are in whole nano-dollars, rounded up.

import type { PriceFacts, TokenCounts } from '../token-usage.ts';

export const NANO_PER_USD = 1e9;

/** Dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Default: a tenth of `input`. */
  readonly cacheRead?: number;
  /** Five-minute cache writes. Default: 1.25 times `input`. */
  readonly cacheWrite?: number;
  /** One-hour cache writes. Default: twice `input`. */
  readonly cacheWriteHour?: number;
  /** Replaces this price when the prompt has more than `above` tokens. */
  readonly long?: Omit<Price, 'long'> & { readonly above: number };
}

/** Factors of all token prices, by the values in `usage`. An unlisted value has the largest factor. */
export type PriceFactors = Readonly<Record<string, number>>;

export interface PriceTable {
  readonly models: Readonly<Record<string, Price>>;
  /** For models that are not listed; without it they have no price. */
  readonly default?: Price;
  /** Dollars per thousand searches with the upstream's web search tool. */
  readonly webSearch?: number;
  /** By `usage.speed`, `usage.inference_geo` and `usage.service_tier`. */
  readonly factors?: Readonly<Record<keyof PriceFacts, PriceFactors>>;
}

/** Suffixes of a model id that do not change its price. */
const VARIANT = /(\[1m\]|[-@]\d{8}|-latest)$/;

/** Looks up the exact id first, then the id without its suffixes, then the default. */
export function priceOf(table: PriceTable, model: string): Price | undefined {
  for (let name = model; ; name = name.replace(VARIANT, '')) {
    if (Object.hasOwn(table.models, name)) return table.models[name];
    if (!VARIANT.test(name)) return table.default;
  }
}

/** The factor of all token prices; 1 if the response reports none of these facts. */
export function factorOf({ factors }: Pick<PriceTable, 'factors'>, facts: PriceFacts): number {
  if (!factors) return 1;
  return (
    factorOfWord(factors.speed, facts.speed) *
    factorOfWord(factors.inferenceGeo, facts.inferenceGeo) *
    factorOfWord(factors.serviceTier, facts.serviceTier)
  );
}

function factorOfWord(listed: PriceFactors, word: string | undefined): number {
  if (word === undefined) return 1;
  const factor = Object.hasOwn(listed, word) ? listed[word] : undefined;
  return factor ?? Math.max(1, ...Object.values(listed));
}

/**
 * The cost of `tokens` in nano-dollars.
 * @param factor of the tokens' price, but not of searches
 */
export function costOf(tokens: TokenCounts, listed: Price, webSearchUsd = 0, factor = 1): number {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite5m + tokens.cacheWrite1h;
  const price = listed.long && prompt > listed.long.above ? listed.long : listed;
  const { input, output, cacheRead = input / 10, cacheWrite = input * 1.25 } = price;
  const { cacheWriteHour = input * 2 } = price;
  const perMillion =
    tokens.input * input +
    tokens.cacheRead * cacheRead +
    tokens.cacheWrite5m * cacheWrite +
    tokens.cacheWrite1h * cacheWriteHour +
    tokens.output * output;
  // A dollar per million tokens is a thousand nano-dollars per token. `toPrecision` drops binary
  // rounding noise, which `ceil` would turn into a nano-dollar.
  const nano =
    perMillion * factor * 1_000 + (tokens.webSearches * webSearchUsd * NANO_PER_USD) / 1_000;
  return Math.ceil(Number(nano.toPrecision(14)));
}

export function nanoOf(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

export function usdOf(nano: number): number {
  return nano / NANO_PER_USD;
}
