// What tokens cost. Prices are in dollars for a million tokens, as they are published; costs are in
// whole nano-dollars, rounded up, as nothing that was used is free.

import type { TokenCounts } from './token-usage.ts';

export const NANO_PER_USD = 1e9;

/** Dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** A tenth of `input` where absent. */
  readonly cacheRead?: number;
  /** Written for five minutes; 1.25 times `input` where absent. */
  readonly cacheWrite?: number;
  /** Written for an hour; twice `input` where absent. */
  readonly cacheWriteHour?: number;
  /** What a request costs instead whose prompt has more tokens than `above`. */
  readonly long?: Omit<Price, 'long'> & { readonly above: number };
}

export interface PriceTable {
  readonly models: Readonly<Record<string, Price>>;
  /** For models not named; absent: they have no price. */
  readonly default?: Price;
  /** Dollars for a thousand searches of the upstream's own search tool. */
  readonly webSearch?: number;
}

/** What a model's name may carry behind what its price is listed under. */
const VARIANT = /(\[1m\]|[-@]\d{8}|-latest)$/;

/** The price of a model by its exact name, or by the name without a date; undefined without any. */
export function priceOf(table: PriceTable, model: string): Price | undefined {
  for (let name = model; ; name = name.replace(VARIANT, '')) {
    if (Object.hasOwn(table.models, name)) return table.models[name];
    if (!VARIANT.test(name)) return table.default;
  }
}

/** Nano-dollars. */
export function costOf(tokens: TokenCounts, listed: Price, webSearchUsd = 0): number {
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
  // A dollar for a million tokens is a thousand nano-dollars for one. What binary fractions add far
  // behind the point must not become a nano-dollar.
  const nano = perMillion * 1_000 + (tokens.webSearches * webSearchUsd * NANO_PER_USD) / 1_000;
  return Math.ceil(Number(nano.toPrecision(14)));
}

/** Nano-dollars of an amount in dollars. */
export function nanoOf(usd: number): number {
  return Math.round(usd * NANO_PER_USD);
}

/** Dollars of an amount in nano-dollars. */
export function usdOf(nano: number): number {
  return nano / NANO_PER_USD;
}
