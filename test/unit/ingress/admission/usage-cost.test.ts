import { describe, expect, it } from 'vitest';
import {
  costOfUsage,
  NO_USAGE,
  billedUsageOf,
  usageSourceOf,
} from '../../../../services/ingress/admission/usage-cost.ts';
import { NO_TOKENS, type TokenUsage } from '../../../../shared/token-usage.ts';

const ESTIMATE = 70;

/** What an exchange costs, and how often its input had to be estimated. */
function spent(responseSoFar: { status: number; bytes: number } | undefined, usage?: TokenUsage) {
  let estimates = 0;
  const estimate = () => {
    estimates += 1;
    return ESTIMATE;
  };
  return { ...billedUsageOf({ responseSoFar, usage }, estimate), estimates };
}

describe('what an exchange has cost', () => {
  const responseSoFar = { status: 200, bytes: 401 };

  it('is nothing without a response, or with one that is an error', () => {
    const nothing = { ...NO_USAGE, estimates: 0 };
    expect(spent(undefined)).toEqual(nothing);
    expect(spent({ status: 400, bytes: 9 }, { input: 9, output: 9 })).toEqual(nothing);
  });

  it('is the usage of a response that was withheld, before its head or after it', () => {
    const usage = { input: 9, output: 4 };
    const paid = { tokens: { ...NO_TOKENS, ...usage }, estimated: false };
    expect(spent(undefined, usage)).toMatchObject(paid);
    expect(spent(responseSoFar, usage)).toMatchObject(paid);
  });

  it.each([
    ['without a response', {}, { input: 2 * ESTIMATE }],
    [
      'besides a response',
      { responseSoFar, usage: { input: 9, output: 4 } },
      { input: 9 + 2 * ESTIMATE, output: 4 },
    ],
    [
      'before a response from the cache',
      { responseSoFar, origin: 'cache' as const },
      { input: 2 * ESTIMATE },
    ],
    ['before an error', { responseSoFar: { status: 529, bytes: 9 } }, { input: 2 * ESTIMATE }],
  ])('includes the input of calls with an unknown outcome, %s', (_, exchange, tokens) => {
    const unknown = { responseSoFar: undefined, usage: undefined, unknownCalls: 2, ...exchange };
    expect(billedUsageOf(unknown, () => ESTIMATE)).toMatchObject({
      tokens: { ...NO_TOKENS, ...tokens },
      estimated: true,
      source: 'estimated',
    });
    expect(usageSourceOf(unknown)).toBe('estimated');
  });

  it('is nothing where it came from the cache, also if the client did not read it to its end', () => {
    const exchange = { responseSoFar, usage: undefined, origin: 'cache' } as const;
    expect(billedUsageOf(exchange, () => ESTIMATE)).toEqual(NO_USAGE);
    expect(usageSourceOf(exchange)).toBeUndefined();
  });

  it('has an estimated input without the parts that are reported as cached', () => {
    expect(spent(responseSoFar, { cacheRead: 60, output: 3 }).tokens).toMatchObject({
      input: ESTIMATE - 60,
      cacheRead: 60,
    });
    expect(spent(responseSoFar, { cacheRead: 600, output: 3 }).tokens.input).toBe(0);
  });

  it('is what the upstream reported', () => {
    const counts = { input: 9, output: 3, webSearches: 1 };
    const cache = { cacheRead: 800, cacheWrite5m: 3, cacheWrite1h: 2 };
    expect(spent(responseSoFar, { ...counts, ...cache, model: 'm' })).toEqual({
      tokens: { ...counts, ...cache },
      estimated: false,
      model: 'm',
      source: 'reported',
      estimates: 0,
    });
  });

  it('is estimated where the upstream reported nothing', () => {
    const unknown = { tokens: { ...NO_TOKENS, input: ESTIMATE, output: 11 }, estimated: true };
    expect(spent(responseSoFar)).toMatchObject({ ...unknown, estimates: 1 });
    expect(spent(responseSoFar, {})).toMatchObject(unknown);
    expect(spent(responseSoFar, { input: 5 })).toMatchObject({
      tokens: { ...NO_TOKENS, input: 5, output: 11 },
      estimated: true,
      estimates: 0,
    });
  });
});

describe('where its tokens come from', () => {
  const responseSoFar = { status: 200, bytes: 401 };
  it.each([
    ['the upstream', { responseSoFar, usage: { input: 1, output: 1 } }, 'reported'],
    ['an estimate of all', { responseSoFar, usage: undefined }, 'estimated'],
    ['an estimate of the input', { responseSoFar, usage: { output: 1 } }, 'estimated'],
    [
      'an estimate of the output',
      { responseSoFar, usage: { input: 1, output: 1, isEstimated: true as const } },
      'estimated',
    ],
    [
      'the simulator',
      { responseSoFar, usage: { input: 1, output: 1 }, origin: 'simulator' as const },
      'simulator',
    ],
    [
      'the simulator, cut short',
      { responseSoFar, usage: undefined, origin: 'simulator' as const },
      'simulator',
    ],
    ['nowhere', { responseSoFar: undefined, usage: undefined }, undefined],
    ['nowhere, of an error', { responseSoFar: { status: 529, bytes: 9 }, usage: {} }, undefined],
  ])('is %s', (_, exchange, source) => {
    expect(usageSourceOf(exchange)).toBe(source);
    expect(billedUsageOf(exchange, () => 1).source).toBe(source);
  });
});

describe('its price', () => {
  const prices = { models: { asked: { input: 1, output: 1 }, other: { input: 5, output: 5 } } };
  const used = { ...NO_USAGE, tokens: { ...NO_TOKENS, input: 10 } };

  it('is that of the model that responded, or else of the one requested', () => {
    expect(costOfUsage({ ...used, model: 'other' }, 'asked', prices)).toBe(50_000);
    expect(costOfUsage({ ...used, model: 'unheard-of' }, 'asked', prices)).toBe(10_000);
    expect(costOfUsage(used, 'asked', prices)).toBe(10_000);
  });

  it('is unknown where neither has one, unless nothing was used', () => {
    expect(costOfUsage(used, 'unheard-of', prices)).toBeNull();
    expect(costOfUsage(NO_USAGE, 'unheard-of', prices)).toBe(0);
  });

  it('is nothing where the simulator responded, whatever it counts', () => {
    expect(costOfUsage({ ...used, model: 'other', source: 'simulator' }, 'asked', prices)).toBe(0);
    expect(costOfUsage({ ...used, source: 'simulator' }, 'unheard-of', prices)).toBe(0);
  });

  const iteration = { cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  it.each([
    ['at the price of its own model', [{ ...iteration, model: 'other', input: 4, output: 2 }], 34],
    ['at that of the response without one', [{ ...iteration, input: 4, output: 2 }], 10],
    [
      'at that of the request where it is unheard of',
      [{ ...iteration, model: '?', input: 4, output: 2 }],
      10,
    ],
    [
      'with the rest, which none accounts for, at that of the response',
      [{ ...iteration, model: 'other', input: 1, output: 0 }],
      14,
    ],
    [
      'with its cache writes',
      [{ ...iteration, cacheWrite5m: 4, cacheWrite1h: 1, model: 'other', input: 8, output: 2 }],
      85,
    ],
  ])('counts each iteration %s', (_, iterations, micro) => {
    const spentTokens = { ...used, tokens: { ...NO_TOKENS, input: 8, output: 2 }, iterations };
    expect(costOfUsage(spentTokens, 'asked', prices)).toBe(micro * 1_000);
  });

  it('is multiplied for fast, regional and batched responses, but not that of searches', () => {
    const factors = {
      speed: { standard: 1, fast: 2 },
      inferenceGeo: { us: 1.1 },
      serviceTier: { batch: 0.5 },
    };
    const table = { ...prices, webSearch: 10, factors };
    const cost = (facts: object, more: object = {}) =>
      costOfUsage({ ...used, facts, ...more }, 'asked', table);
    expect(cost({})).toBe(10_000);
    expect(cost({ speed: 'fast' })).toBe(20_000);
    expect(cost({ inferenceGeo: 'us' })).toBe(11_000);
    expect(cost({ serviceTier: 'batch' })).toBe(5_000);
    expect(cost({ speed: 'fast', inferenceGeo: 'us', serviceTier: 'batch' })).toBe(11_000);
    const searched = { tokens: { ...used.tokens, webSearches: 1 } };
    expect(cost({ speed: 'fast' }, searched)).toBe(20_000 + 10_000_000);
    const one = { ...iteration, input: 10, output: 0 };
    expect(cost({ speed: 'fast' }, { iterations: [one] })).toBe(20_000);
    expect(cost({ speed: 'fast' }, { iterations: [{ ...one, type: 'advisor_message' }] })).toBe(
      10_000,
    );
  });
});
