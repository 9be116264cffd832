import * as z from 'zod';
import { PRICE_LIST } from '../../shared/metering/price-list.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import { readOperatorFile } from './operator-file.ts';

const error = 'must be dollars per million tokens, from 0 to 100000';
const dollars = z.number({ error }).min(0, { error }).max(100_000, { error });

const base = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars.exactOptional(),
  cacheWrite: dollars.exactOptional(),
  cacheWriteHour: dollars.exactOptional(),
});

const price = base.extend({
  /** Prices when the prompt has more than `above` tokens. */
  long: base.extend({ above: z.int().min(0) }).exactOptional(),
});

const pricesFile = z.strictObject({
  version: z.literal(1),
  models: z.record(z.string().min(1), price).default({}),
  /** For models that neither this file nor the published list names. */
  default: price.exactOptional(),
  /** Dollars per thousand web searches. */
  webSearch: dollars.exactOptional(),
});

/**
 * Parses the operator's prices, which extend and override the published ones.
 * @throws Error that lists the path of every issue.
 */
export function readPrices(text: string): PriceTable {
  const { models, version: _version, ...others } = readOperatorFile(text, pricesFile);
  return { ...PRICE_LIST, ...others, models: { ...PRICE_LIST.models, ...models } };
}
