import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  customDetectors,
  customPatterns,
  customSchema,
} from '../../../../../shared/privacy/detect/custom.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const named = { id: 'a', entity: 'CODENAME', label: 'CODENAME' };

function wordsIn(words: readonly string[], text: string): string[] {
  const entries = customSchema.parse([{ ...named, words }]);
  const scanned = createScanner(customDetectors(entries)).scan(text);
  const searched = customPatterns(entries).flatMap(({ search }) => search(text));
  return [...scanned, ...searched]
    .toSorted((a, b) => a.start - b.start)
    .map(({ start, end }) => text.slice(start, end));
}

function matchesIn(pattern: string, text: string, ignoreCase = false): string[] {
  const entries = customSchema.parse([{ ...named, pattern, ignore_case: ignoreCase }]);
  return customPatterns(entries).flatMap(({ search }) =>
    search(text).map(({ start, end }) => text.slice(start, end)),
  );
}

describe('customDetectors()', () => {
  it.each([
    ['in any letter case', ['Apollo'], 'apollo, APOLLO and Apollo', ['apollo', 'APOLLO', 'Apollo']],
    ['only as whole words', ['apollo'], 'apollos apollo2 xapollo', []],
    ['as parts of names', ['apollo'], 'apollo_config, project-apollo', ['apollo', 'apollo']],
    ['with spaces', ['blue falcon'], 'the Blue Falcon flies', ['Blue Falcon']],
    ['that begin alike, longest first', ['ann', 'ann lee'], 'Ann Lee and Ann', ['Ann Lee', 'Ann']],
    ['with letters beyond ASCII', ['Müller'], 'MÜLLER, Müllers, müller', ['MÜLLER', 'müller']],
    ['that end beyond ASCII', ['Citroë'], 'citroë Citroën', ['citroë']],
    ['of other scripts', ['Иван', 'Иванов'], 'иванов, Иван, Ивановна', ['иванов', 'Иван']],
    ['of scripts without spaces', ['阿波罗'], '我们的阿波罗计划', ['阿波罗']],
    ['with symbols', ['c++'], 'in C++ and c+++', ['C++', 'c++']],
  ])('finds words %s', (_, words, text, found) => {
    expect(wordsIn(words, text)).toEqual(found);
  });
});

describe('customPatterns()', () => {
  it.each([
    ['ACME-[0-9]{4,8}', 'see ACME-1234 and ACME-123', ['ACME-1234']],
    ['\\bE[0-9]{5}\\b', 'E12345 xE12345 E123456', ['E12345']],
    ['(?m)^id: .*$', 'x\nid: 7\ny', ['id: 7']],
    ['[é😀]+', 'a😀éb', ['😀é']],
  ])('finds what %s matches', (pattern, text, found) => {
    expect(matchesIn(pattern, text)).toEqual(found);
  });

  it('is case-sensitive by default', () => {
    expect(matchesIn('acme', 'ACME acme')).toEqual(['acme']);
    expect(matchesIn('acme', 'ACME acme', true)).toEqual(['ACME', 'acme']);
  });

  it('agrees with RegExp across window boundaries', () => {
    const fragments = fc.constantFrom(
      'ab1',
      ' ',
      'x'.repeat(8186),
      'id-77',
      '\n',
      '-',
      'é',
      'b1b1',
    );
    const pattern = '\\bid-[0-9]+|b[0-9]b?';
    checkProperty(
      fc.property(fc.array(fragments, { maxLength: 40 }), (list) => {
        const text = list.join('');
        expect(matchesIn(pattern, text)).toEqual(text.match(new RegExp(pattern, 'g')) ?? []);
      }),
    );
  });

  it('finds a match of four kilobytes wherever it lies', () => {
    const long = `<${'x'.repeat(4000)}>`;
    for (const before of [0, 4000, 8000, 8191, 8192, 12_000]) {
      expect(matchesIn('<x+>', `${'.'.repeat(before)}${long}.`)).toEqual([long]);
    }
  });

  it('extends a match beyond its window', () => {
    const long = `<${'x'.repeat(20_000)}>`;
    expect(matchesIn('x+', `a${long}b`)).toEqual(['x'.repeat(20_000)]);
  });

  it('gives the same result in slices', () => {
    const [pattern] = customPatterns(customSchema.parse([{ ...named, pattern: 'id-[0-9]+' }]));
    const text = `${'.'.repeat(5000)}id-1 `.repeat(4);
    const steps = pattern?.slices(text);
    let count = 0;
    let step = steps?.next();
    for (; step && !step.done; step = steps?.next()) count++;
    expect(count).toBe(Math.ceil(text.length / 8192) - 1);
    expect(step?.value).toEqual(pattern?.search(text));
  });

  it('has a detector that carries the name and finds nothing itself', () => {
    const [pattern] = customPatterns(customSchema.parse([{ ...named, pattern: 'x' }]));
    expect(pattern).toMatchObject({ id: 'a', detector: { entity: 'CODENAME', triggers: [] } });
    expect(pattern?.detector.find('x', 0, 1)).toBeUndefined();
  });

  it('is linear where RegExp would be exponential', () => {
    expect(matchesIn('(x+x+)+y', 'x'.repeat(100_000))).toEqual([]);
  });
});

describe('customSchema', () => {
  it.each([
    ['look-ahead', { pattern: 'a(?=b)' }, ['pattern'], '(?='],
    ['a back-reference', { pattern: '(a)\\1' }, ['pattern'], '\\1'],
    ['a missing bracket', { pattern: '(a' }, ['pattern'], 'missing closing )'],
    ['a huge repetition', { pattern: 'a{1001}' }, ['pattern'], 'repeat count'],
    ['a huge program', { pattern: '(a{1000}){3}' }, ['pattern'], 'repeat'],
    ['many instructions', { pattern: '[ab]{900}[cd]{900}[ef]{900}' }, ['pattern'], 'instructions'],
    ['a match of nothing', { pattern: 'a*' }, ['pattern'], 'matches the empty text'],
    ['neither words nor a pattern', {}, [], 'either words or a pattern'],
    ['both', { words: ['ab'], pattern: 'a' }, [], 'either words or a pattern'],
    ['a word of one letter', { words: ['abc', 'a'] }, ['words', 1], '2'],
    ['a bad label', { words: ['abc'], label: 'code1' }, ['label'], ''],
    ['an unknown field', { words: ['abc'], regex: 'a' }, [], 'regex'],
  ])('rejects %s with a path and a reason', (_, entry, path, reason) => {
    const { error } = customSchema.safeParse([
      { ...named, words: ['fine'] },
      { ...named, id: 'b', ...entry },
    ]);
    expect(error?.issues).toHaveLength(1);
    expect(error?.issues[0]?.path).toEqual([1, ...path]);
    expect(error?.issues[0]?.message).toContain(reason);
  });

  it('rejects a duplicate id', () => {
    const entry = { ...named, words: ['abc'] };
    expect(customSchema.safeParse([entry, entry]).error?.issues[0]?.path).toEqual([1, 'id']);
  });
});
