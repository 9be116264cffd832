import { describe, expect, it } from 'vitest';
import { compiled, found } from '../../../../kit/policies.ts';

const regex = (pattern: string, more: object = {}) => ({ type: 'regex', pattern, ...more });

describe('the regex matcher', () => {
  it.each([
    [String.raw`AKIA[A-Z2-7]{16}`, 'key AKIAABCDEFGHIJKLMNOP!', ['AKIAABCDEFGHIJKLMNOP']],
    [String.raw`\bT-\d{3}\b`, 'T-123, XT-123, T-1234, T-999', ['T-123', 'T-999']],
    [String.raw`^start`, 'start\nstart', ['start']],
    [String.raw`(?m)^start`, 'start\nstart', ['start', 'start']],
    [String.raw`(?s)a.b`, 'a\nb a.b', ['a\nb', 'a.b']],
    [String.raw`\p{Greek}+`, 'abc αβγ def', ['αβγ']],
    [String.raw`.`, '😀', ['😀']],
    [String.raw`(?i)secret`, 'SeCrEt', ['SeCrEt']],
  ])('finds %s', (pattern, text, hits) => {
    expect(found(regex(pattern), text)).toEqual(hits);
  });

  it('ignores case if configured', () => {
    expect(found(regex('secret'), 'SECRET')).toEqual([]);
    expect(found(regex('secret', { ignore_case: true }), 'SECRET')).toEqual(['SECRET']);
  });

  it.each([
    ['(?=x)y', 'look-around'],
    ['(?<!x)y', 'look-around'],
    [String.raw`(a)\1`, 'has a backreference'],
    ['(?>a)b', 'atomic groups'],
    ['a++', 'RE2'],
    ['(', 'is not a valid RE2 expression'],
    ['a*', 'matches the empty text'],
    ['(x{1000}){5}', 'RE2'],
    ['(?:abcdefghij){300}', 'instructions'],
  ])('rejects %s with a reason, without quoting it', (pattern, reason) => {
    const rule = { id: 'a', match: { any: [regex(pattern)] }, action: 'flag' };
    expect(() => compiled([rule])).toThrow(/^rules\.0\.match\.any\.0\.pattern: /);
    expect(() => compiled([rule])).toThrow(reason);
    expect(() => compiled([rule])).not.toThrow(pattern.length > 3 ? pattern : 'nothing of it');
  });

  it.each([
    '(a+)+$',
    '(a|a)*b',
    '(a|aa)+$',
    '(.*)*x',
    '([a-z]+)*!',
    '(x+x+)+y',
    String.raw`(\w+\s?)*:`,
  ])('is not slowed down by %s', (pattern) => {
    expect(found(regex(pattern), `${'a'.repeat(1_000_000)}\u0000`)).toEqual([]);
  });
});
