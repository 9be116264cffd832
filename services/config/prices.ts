// The operator's own prices, which stand beside and before the published ones.

import * as z from 'zod';
import { PRICE_LIST } from '../../shared/metering/price-list.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import { readOperatorFile } from './operator-file.ts';

const error = 'must be a number of dollars for a million tokens, from 0 to 100000';
const dollars = z.number({ error }).min(0, { error }).max(100_000, { error });

const base = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars.exactOptional(),
  cacheWrite: dollars.exactOptional(),
  cacheWriteHour: dollars.exactOptional(),
});

const price = base.extend({
  /** Prices of requests whose prompt has more tokens than `above`. */
  long: base.extend({ above: z.int().min(0) }).exactOptional(),
});

const pricesFile = z.strictObject({
  version: z.literal(1),
  models: z.record(z.string().min(1), price).default({}),
  /** For every model that is not named, here or in the published list. */
  default: price.exactOptional(),
  /** Dollars for a thousand web searches. */
  webSearch: dollars.exactOptional(),
});

/** Reads YAML or JSON; throws an Error that lists every fault with its path. */
export function readPrices(text: string): PriceTable {
  const { models, version: _version, ...others } = readOperatorFile(text, pricesFile);
  return { ...PRICE_LIST, ...others, models: { ...PRICE_LIST.models, ...models } };
}
