// Anthropic's public prices in dollars per million tokens, the defaults of LLMP_PRICES. The priority tier
// counts at the standard price, web fetch is free, and no response reports the hours of code execution.
//
// Sources, retrieved on 2026-11-27 (factors and tools on 2026-11-29; cache price of Sonnet 5.5 of 2026-10-07):
//   https://platform.claude.com/docs/en/about-claude/pricing
//   https://platform.claude.com/docs/en/models/ (the 5.5 models)

import type { PriceTable } from './prices.ts';

const FABLE = { input: 10, output: 50 };
const OPUS = { input: 5, output: 25 };
const OPUS_BEFORE_4_5 = { input: 15, output: 75 };
const SONNET = { input: 3, output: 15 };
const HAIKU = { input: 1, output: 5 };
/** These models charge more for prompts above 200,000 tokens. */
const SONNET_LONG = { ...SONNET, long: { above: 200_000, input: 6, output: 22.5 } };

export const PRICE_LIST: PriceTable & Required<Pick<PriceTable, 'factors'>> = {
  webSearch: 10,
  // https://platform.claude.com/docs/en/about-claude/pricing, "Fast mode pricing" (twice the standard
  // prices of Opus 5.5, Opus 5 and Opus 4.8), "Data residency pricing" and "Batch processing".
  factors: {
    speed: { standard: 1, fast: 2 },
    inferenceGeo: { global: 1, not_available: 1, us: 1.1 },
    serviceTier: { standard: 1, priority: 1, batch: 0.5 },
  },
  models: {
    'claude-fable-5-1': { ...FABLE, cacheRead: 0.25 },
    'claude-mythos-5-1': { ...FABLE, cacheRead: 0.25 },
    'claude-fable-5': FABLE,
    'claude-mythos-5': FABLE,
    'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.2 },
    'claude-opus-5': OPUS,
    'claude-opus-4-8': OPUS,
    'claude-opus-4-7': OPUS,
    'claude-opus-4-6': OPUS,
    'claude-opus-4-5': OPUS,
    'claude-opus-4-1': OPUS_BEFORE_4_5,
    'claude-opus-4': OPUS_BEFORE_4_5,
    'claude-opus-4-0': OPUS_BEFORE_4_5,
    'claude-sonnet-5-5': { input: 2, output: 10, cacheRead: 0.1 },
    'claude-sonnet-5': { input: 2, output: 10 },
    'claude-sonnet-4-6': SONNET,
    'claude-sonnet-4-5': SONNET_LONG,
    'claude-sonnet-4': SONNET_LONG,
    'claude-sonnet-4-0': SONNET_LONG,
    'claude-3-7-sonnet': SONNET,
    'claude-3-5-sonnet': SONNET,
    'claude-haiku-5-5': {
      input: 0.1,
      output: 0.5,
      long: { above: 100_000, input: 0.5, output: 2.5 },
    },
    'claude-haiku-4-5': HAIKU,
    'claude-3-5-haiku': { input: 0.8, output: 4 },
    'claude-3-opus': OPUS_BEFORE_4_5,
    'claude-3-haiku': { input: 0.25, output: 1.25, cacheRead: 0.03, cacheWrite: 0.3 },
  },
};
