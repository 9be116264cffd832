// The operator's own prices, which stand beside and before the published ones.

import { parse } from 'yaml';
import * as z from 'zod';
import { PRICE_LIST } from '../../shared/price-list.ts';
import type { PriceTable } from '../../shared/prices.ts';

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
  const read = pricesFile.safeParse(parsed(text));
  if (!read.success) {
    const faults = read.error.issues.map(
      ({ code, path, message }) =>
        // The name may be anything, were another file named by mistake.
        `${path.join('.') || 'file'}: ${code === 'unrecognized_keys' ? 'has a field that is not known' : message}`,
    );
    throw new Error(faults.join('; '));
  }
  const { models, version: _version, ...others } = read.data;
  return { ...PRICE_LIST, ...others, models: { ...PRICE_LIST.models, ...models } };
}

/** What is no YAML is as wrong as what is no table of prices. */
function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
