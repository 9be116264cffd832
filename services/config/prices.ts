import * as z from 'zod';
import { PRICE_LIST } from '../../shared/metering/price-list.ts';
import type { Price, PriceTable } from '../../shared/metering/prices.ts';
import { readOperatorFile } from './operator-file.ts';

const error = 'must be dollars per million tokens, from 0 to 100000';
const dollars = z.number({ error }).min(0, { error }).max(100_000, { error });

const base = z.strictObject({
  input: dollars,
  output: dollars,
  cache_read: dollars.exactOptional(),
  cache_write: dollars.exactOptional(),
  cache_write_hour: dollars.exactOptional(),
});

/** Prices when the prompt has more than `above` tokens. */
const longPrompt = base
  .extend({ above: z.int().min(0) })
  .transform(({ above, ...fields }) => ({ ...pricesOf(fields), above }));

const price = base
  .extend({ long: longPrompt.exactOptional() })
  .transform(({ long, ...fields }): Price => ({ ...pricesOf(fields), ...(long && { long }) }));

const factorError = 'must be a factor from 0 to 100';
const factors = z.record(
  z.string().min(1),
  z.number({ error: factorError }).min(0, { error: factorError }).max(100, { error: factorError }),
);

const pricesFile = z.strictObject({
  version: z.literal(1),
  models: z.record(z.string().min(1), price).default({}),
  /** For models that neither this file nor the published list names. */
  default: price.exactOptional(),
  /** Dollars per thousand web searches. */
  web_search: dollars.exactOptional(),
  /** Factors of all token prices, by the words of `usage`. */
  factors: z
    .strictObject({
      speed: factors.exactOptional(),
      inference_geo: factors.exactOptional(),
      service_tier: factors.exactOptional(),
    })
    .exactOptional(),
});

/**
 * Parses the operator's prices, which extend and override the published ones.
 * @throws Error that lists the path of every issue.
 */
export function readPrices(text: string): PriceTable {
  const file = readOperatorFile(text, pricesFile);
  const { models, default: fallback, web_search: webSearch, factors: own } = file;
  const { speed, inferenceGeo, serviceTier } = PRICE_LIST.factors;
  return {
    ...PRICE_LIST,
    ...(fallback && { default: fallback }),
    ...(webSearch !== undefined && { webSearch }),
    models: { ...PRICE_LIST.models, ...models },
    factors: {
      speed: { ...speed, ...own?.speed },
      inferenceGeo: { ...inferenceGeo, ...own?.inference_geo },
      serviceTier: { ...serviceTier, ...own?.service_tier },
    },
  };
}

function pricesOf(fields: z.output<typeof base>): Omit<Price, 'long'> {
  const { input, output } = fields;
  const { cache_read: cacheRead, cache_write: cacheWrite } = fields;
  const { cache_write_hour: cacheWriteHour } = fields;
  return {
    input,
    output,
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(cacheWriteHour !== undefined && { cacheWriteHour }),
  };
}
