import { describe, expect, it } from 'vitest';
import { spentOn } from '../../../services/ingress/spent.ts';

describe('what an exchange has cost', () => {
  const answered = { status: 200, bytes: 401 };

  it('is nothing without an answer, or with one that is an error', () => {
    const nothing = { inputTokens: 0, outputTokens: 0 };
    const notes = { inputTokens: 9, outputTokens: 9 };
    expect(spentOn({ answered: undefined, notes })).toEqual(nothing);
    expect(spentOn({ answered: { status: 400, bytes: 9 }, notes })).toEqual(nothing);
  });

  it('is what the answer says: cache writes count, cache reads do not', () => {
    const notes = { inputTokens: 9, cacheCreationTokens: 5, cacheReadTokens: 800, outputTokens: 3 };
    expect(spentOn({ answered, notes })).toEqual({ inputTokens: 14, outputTokens: 3 });
  });

  it('is estimated where the answer says nothing, or nothing that can be true', () => {
    const unknown = { inputTokens: undefined, outputTokens: 11 };
    expect(spentOn({ answered, notes: {} })).toEqual(unknown);
    expect(spentOn({ answered, notes: { inputTokens: -9, outputTokens: -1e9 } })).toEqual(unknown);
    expect(spentOn({ answered, notes: { inputTokens: 0.5, outputTokens: 'all' } })).toEqual(
      unknown,
    );
  });
});
