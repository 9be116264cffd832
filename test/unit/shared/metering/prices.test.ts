import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRICE_LIST } from '../../../../shared/metering/price-list.ts';
import { costOf, factorOf, nanoOf, priceOf, usdOf } from '../../../../shared/metering/prices.ts';
import { NO_TOKENS, type TokenCounts } from '../../../../shared/token-usage.ts';
import { checkProperty } from '../../../kit/properties.ts';

const million = (model: string, tokens: Partial<TokenCounts>) => {
  const price = priceOf(PRICE_LIST, model) ?? { input: NaN, output: NaN };
  return usdOf(costOf({ ...NO_TOKENS, ...tokens }, price, PRICE_LIST.webSearch));
};

describe('the price of a model', () => {
  it.each([
    ['claude-opus-5-5', { input: 1e6 }, 4],
    ['claude-opus-5-5', { output: 1e6 }, 20],
    ['claude-opus-5-5', { cacheRead: 1e6 }, 0.2],
    ['claude-opus-5-5', { cacheWrite5m: 1e6 }, 5],
    ['claude-opus-5-5', { cacheWrite1h: 1e6 }, 8],
    ['claude-opus-5-5', { webSearches: 1_000 }, 10],
    ['claude-haiku-4-5-20251001', { input: 1e6, output: 1e6 }, 6],
    ['claude-sonnet-4-5@20250929', { input: 100_000 }, 0.3],
    ['claude-opus-4-8[1m]', { input: 1e6 }, 5],
  ])('%s for %j is $%d', (model, tokens, usd) => {
    expect(million(model, tokens)).toBe(usd);
  });

  it('is another where the prompt is long, whatever it is made of', () => {
    const long = { input: 50_000, cacheRead: 50_001 };
    expect(million('claude-haiku-5-5', long)).toBeCloseTo(0.025 + 0.00250005, 9);
    const short = { input: 50_000, cacheRead: 50_000 };
    expect(million('claude-haiku-5-5', short)).toBeCloseTo(0.005 + 0.0005, 9);
  });

  it.each([
    [{}, 1],
    [{ speed: 'standard' }, 1],
    [{ speed: 'fast' }, 2],
    [{ inferenceGeo: 'global' }, 1],
    [{ inferenceGeo: 'us' }, 1.1],
    [{ serviceTier: 'priority' }, 1],
    [{ serviceTier: 'batch' }, 0.5],
    [{ speed: 'fast', inferenceGeo: 'us' }, 2.2],
    [{ speed: 'ludicrous' }, 2],
    [{ inferenceGeo: 'toString' }, 1.1],
    [{ serviceTier: 'flex' }, 1],
  ])('is multiplied for %j by %d', (facts, factor) => {
    expect(factorOf(PRICE_LIST, facts)).toBeCloseTo(factor, 12);
    expect(factorOf({}, facts)).toBe(1);
  });

  it('of fast mode is as published', () => {
    const fast = (model: string, tokens: Partial<TokenCounts>) => {
      const price = priceOf(PRICE_LIST, model) ?? { input: NaN, output: NaN };
      const factor = factorOf(PRICE_LIST, { speed: 'fast' });
      return usdOf(costOf({ ...NO_TOKENS, ...tokens }, price, PRICE_LIST.webSearch, factor));
    };
    expect(fast('claude-opus-5-5', { input: 1e6 })).toBe(8);
    expect(fast('claude-opus-5-5', { output: 1e6 })).toBe(40);
    expect(fast('claude-opus-5', { input: 1e6 })).toBe(10);
    expect(fast('claude-opus-4-8', { output: 1e6 })).toBe(50);
    expect(fast('claude-opus-4-8', { webSearches: 1_000 })).toBe(10);
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
          const cost = costOf({ ...NO_TOKENS, input: a + 1, cacheRead: b }, price);
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
