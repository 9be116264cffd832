import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { evidenceOfPattern, firstCodes } from '../../../../shared/policy/regex-evidence.ts';
import { mayMatch } from '../../../../shared/policy/text-reader.ts';
import { compiled } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';

const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      'k',
      's',
      'ab',
      'K9',
      '[ab]',
      '[^a]',
      '.',
      ' ',
      '  ',
      '\\b',
      'ß',
      '-',
    ),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => one + other),
    fc.tuple(tie('pattern'), tie('pattern')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}'))
      .map(([one, count]) => `(?:${one})${count}`),
    tie('pattern').map((one) => `(?i:${one})`),
  ),
}));
const text = fc
  .array(fc.constantFrom('a', 'b', 'k', 's', 'A', 'K', '\u212a', 'ſ', '9', ' ', '-', 'ß', '\u200b'))
  .map((chars) => chars.join(''));

describe('the evidence of an expression', () => {
  it.each<[string, object | undefined]>([
    [String.raw`\bTKT-1\d{4,8}\b`, { literals: ['TKT-1'] }],
    ['foo.*bar|baz', { literals: ['foo', 'baz'] }],
    [String.raw`[a-z]+@example\.com`, { literals: ['@example.com'] }],
    ['naïve idea', { literals: ['ve idea'] }],
    ['a|(?i)b', undefined],
    [String.raw`\d{16}`, undefined],
    ['(?:abc)?d*', undefined],
  ])('of %s is %j', (one, evidence) => {
    expect(evidenceOfPattern(one)).toEqual(evidence);
  });

  it('changes no match of an expression', () => {
    let withEvidence = 0;
    checkProperty(
      fc.property(
        pattern,
        fc.boolean(),
        fc.array(text, { minLength: 30, maxLength: 30 }),
        (source, ignoreCase, texts) => {
          fc.pre(!RE2JS.compile(source).test('') && !RE2JS.compile(`(?i)${source}`).test(''));
          const matcher = { type: 'regex', pattern: source, ignore_case: ignoreCase };
          const policy = compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }]);
          const [one] = policy.rules[0]?.texts.any ?? [];
          if (one?.evidence === undefined) return;
          withEvidence += 1;
          for (const each of texts) {
            const view = policy.view(each, false);
            const found = mayMatch(one, view) ? [] : one.find(view);
            expect(found, each).toEqual([]);
          }
        },
      ),
      { runs: 300 },
    );
    expect(withEvidence).toBeGreaterThan(50);
  });
});

describe('the first codes of an expression', () => {
  it('are those that a match may begin with', () => {
    checkProperty(
      fc.property(pattern, fc.boolean(), text, (source, ignoreCase, each) => {
        const compiledOne = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
        const first = firstCodes(source, ignoreCase);
        fc.pre(each !== '' && compiledOne.matcher(each).lookingAt());
        expect(first[Math.min(each.charCodeAt(0), 128)]).toBe(1);
      }),
      { runs: 500 },
    );
  });

  it.each([
    ['abc', 'a'],
    ['a?bc', 'ab'],
    ['[x-z]+', 'xyz'],
    ['(?:if|else)', 'ei'],
  ])('of %s are %s', (source, chars) => {
    const codes = [...firstCodes(source).entries()];
    const set = codes.filter(([, is]) => is === 1).map(([code]) => String.fromCharCode(code));
    expect(set.join('')).toBe(chars);
  });
});
