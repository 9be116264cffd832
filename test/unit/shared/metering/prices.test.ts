import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRICE_LIST } from '../../../../shared/metering/price-list.ts';
import { costOf, nanoOf, priceOf, usdOf, type Tokens } from '../../../../shared/metering/prices.ts';
import { checkProperty } from '../../../kit/properties.ts';

const NONE: Tokens = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWriteHourTokens: 0,
  outputTokens: 0,
  webSearches: 0,
};

const million = (model: string, tokens: Partial<Tokens>) => {
  const price = priceOf(PRICE_LIST, model) ?? { input: NaN, output: NaN };
  return usdOf(costOf({ ...NONE, ...tokens }, price, PRICE_LIST.webSearch));
};

describe('the price of a model', () => {
  it.each([
    ['claude-opus-5-5', { inputTokens: 1e6 }, 4],
    ['claude-opus-5-5', { outputTokens: 1e6 }, 20],
    ['claude-opus-5-5', { cacheReadTokens: 1e6 }, 0.2],
    ['claude-opus-5-5', { cacheWriteTokens: 1e6 }, 5],
    ['claude-opus-5-5', { cacheWriteTokens: 1e6, cacheWriteHourTokens: 1e6 }, 8],
    ['claude-opus-5-5', { webSearches: 1_000 }, 10],
    ['claude-haiku-4-5-20251001', { inputTokens: 1e6, outputTokens: 1e6 }, 6],
    ['claude-sonnet-4-5@20250929', { inputTokens: 100_000 }, 0.3],
    ['claude-opus-4-8[1m]', { inputTokens: 1e6 }, 5],
  ])('%s for %j is $%d', (model, tokens, usd) => {
    expect(million(model, tokens)).toBe(usd);
  });

  it('is higher for a long prompt, whatever kind of tokens it has', () => {
    const long = { inputTokens: 50_000, cacheReadTokens: 50_001 };
    expect(million('claude-haiku-5-5', long)).toBeCloseTo(0.025 + 0.00250005, 9);
    const short = { inputTokens: 50_000, cacheReadTokens: 50_000 };
    expect(million('claude-haiku-5-5', short)).toBeCloseTo(0.005 + 0.0005, 9);
  });

  it('is unknown for an unlisted model, unless there is a default', () => {
    expect(priceOf(PRICE_LIST, 'claude-opus-5-5-x')).toBeUndefined();
    expect(priceOf(PRICE_LIST, 'toString')).toBeUndefined();
    const fallback = { input: 1, output: 1 };
    expect(priceOf({ ...PRICE_LIST, default: fallback }, 'qwen')).toBe(fallback);
  });

  it('makes every request cost a positive whole number of nano-dollars', () => {
    const count = fc.integer({ min: 0, max: 2_000_000 });
    checkProperty(
      fc.property(
        fc.constantFrom(...Object.values(PRICE_LIST.models)),
        count,
        count,
        (price, a, b) => {
          const cost = costOf({ ...NONE, inputTokens: a + 1, cacheReadTokens: b }, price);
          expect(Number.isSafeInteger(cost)).toBe(true);
          expect(cost).toBeGreaterThan(0);
        },
      ),
    );
  });
});

describe('dollars', () => {
  it('convert to nano-dollars and back without loss', () => {
    expect([0.01, 0.1, 1.15, 1_000_000].map(nanoOf)).toEqual([1e7, 1e8, 1.15e9, 1e15]);
    expect([1e7, 1.15e9].map(usdOf)).toEqual([0.01, 1.15]);
  });
});
