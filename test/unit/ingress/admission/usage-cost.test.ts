import { describe, expect, it } from 'vitest';
import {
  costOfUsage,
  NO_USAGE,
  billedUsageOf,
} from '../../../../services/ingress/admission/usage-cost.ts';
import { NO_TOKENS, type TokenUsage } from '../../../../shared/metering/token-usage.ts';

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

  it('is what the upstream reported', () => {
    const counts = { input: 9, output: 3, webSearches: 1 };
    const cache = { cacheRead: 800, cacheWrite5m: 3, cacheWrite1h: 2 };
    expect(spent(responseSoFar, { ...counts, ...cache, model: 'm' })).toEqual({
      tokens: { ...counts, ...cache },
      estimated: false,
      model: 'm',
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
});
