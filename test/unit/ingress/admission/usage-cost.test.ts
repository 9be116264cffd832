import { describe, expect, it } from 'vitest';
import {
  costOfSpent,
  NOTHING_SPENT,
  spentOn,
} from '../../../../services/ingress/admission/usage-cost.ts';

describe('what an exchange has cost', () => {
  const answered = { status: 200, bytes: 401 };

  it('is nothing without an answer, or with one that is an error', () => {
    const annotations = { inputTokens: 9, outputTokens: 9 };
    expect(spentOn({ answered: undefined, annotations })).toEqual(NOTHING_SPENT);
    expect(spentOn({ answered: { status: 400, bytes: 9 }, annotations })).toEqual(NOTHING_SPENT);
  });

  it('is what was paid for an answer that was withheld', () => {
    const annotations = { inputTokens: 9, outputTokens: 4, answerWithheld: true };
    const spent = { inputTokens: 9, outputTokens: 4, estimated: false };
    expect(spentOn({ answered: undefined, annotations })).toMatchObject(spent);
    expect(spentOn({ answered, annotations })).toMatchObject(spent);
  });

  it('is what the answer says', () => {
    const cache = { cacheCreationTokens: 5, cacheHourTokens: 2, cacheReadTokens: 800 };
    const annotations = {
      inputTokens: 9,
      outputTokens: 3,
      webSearches: 1,
      answeredBy: 'm',
      ...cache,
    };
    expect(spentOn({ answered, annotations })).toEqual({
      inputTokens: 9,
      cacheReadTokens: 800,
      cacheWriteTokens: 5,
      cacheWriteHourTokens: 2,
      outputTokens: 3,
      webSearches: 1,
      estimated: false,
      model: 'm',
    });
  });

  it('is estimated where the answer says nothing, or nothing that can be true', () => {
    const unknown = { inputTokens: undefined, outputTokens: 11, estimated: true };
    expect(spentOn({ answered, annotations: {} })).toMatchObject(unknown);
    const negative = { inputTokens: -9, outputTokens: -1e9 };
    expect(spentOn({ answered, annotations: negative })).toMatchObject(unknown);
    const odd = { inputTokens: 0.5, outputTokens: 'all' };
    expect(spentOn({ answered, annotations: odd })).toMatchObject(unknown);
  });
});

describe('the price of it', () => {
  const prices = { models: { asked: { input: 1, output: 1 }, other: { input: 5, output: 5 } } };
  const spent = { ...NOTHING_SPENT, inputTokens: 10 };

  it('is that of the model that answered, or else of the one that was asked', () => {
    expect(costOfSpent({ ...spent, model: 'other' }, 'asked', 0, prices)).toBe(50_000);
    expect(costOfSpent({ ...spent, model: 'unheard-of' }, 'asked', 0, prices)).toBe(10_000);
    expect(costOfSpent(spent, 'asked', 0, prices)).toBe(10_000);
  });

  it('is unknown where neither has one, unless nothing was used', () => {
    expect(costOfSpent(spent, 'unheard-of', 0, prices)).toBeNull();
    expect(costOfSpent(NOTHING_SPENT, 'unheard-of', 0, prices)).toBe(0);
  });

  it('takes the estimate for input that is not known', () => {
    expect(costOfSpent({ ...spent, inputTokens: undefined }, 'asked', 7, prices)).toBe(7_000);
  });
});
