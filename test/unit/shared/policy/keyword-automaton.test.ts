import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildKeywordAutomaton,
  type KeywordAutomaton,
} from '../../../../shared/policy/keyword-automaton.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Returns `end:word` for every keyword. */
function run(automaton: KeywordAutomaton, words: readonly string[], text: string): string[] {
  const found: string[] = [];
  let state = 0;
  for (let at = 0; at < text.length; at++) {
    const charClass = automaton.classes[text.charCodeAt(at)] ?? 0;
    state = automaton.next[(state << automaton.shift) | charClass] ?? 0;
    if (state < automaton.firstStop) continue;
    const ending = automaton.wordsByStop[state - automaton.firstStop] ?? [];
    expect(ending).not.toEqual([]);
    for (const index of ending) found.push(`${at + 1}:${words[index]}`);
  }
  return found.toSorted();
}

function naive(words: readonly string[], text: string): string[] {
  const found: string[] = [];
  for (let end = 1; end <= text.length; end++) {
    const ending = words.filter((word) => text.slice(0, end).toLowerCase().endsWith(word));
    found.push(...ending.map((word) => `${end}:${word}`));
  }
  return found.toSorted();
}

describe('a keyword automaton', () => {
  it('finds every keyword, in any letter case and inside others', () => {
    const words = ['he', 'she', 'hers', 'sk-'];
    const automaton = buildKeywordAutomaton(words);
    expect(run(automaton, words, 'usHERs SK-she')).toEqual(naive(words, 'usHERs SK-she'));
    expect(run(automaton, words, 'hers')).toEqual(['2:he', '4:hers']);
  });

  it('agrees with a naive search on any words and text', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', '1'), minLength: 1 });
    const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'c', '-', '1', '@', 'é', '漢') });
    checkProperty(
      fc.property(fc.uniqueArray(letters, { maxLength: 8 }), text, (words, given) => {
        const automaton = buildKeywordAutomaton(words);
        expect(run(automaton, words, given)).toEqual(naive(words, given));
      }),
    );
  });

  it('supports more states than 16 bits can number', () => {
    const words = Array.from({ length: 14_000 }, (_, index) =>
      `${index * 7919}x`.padStart(12, 'ab'),
    );
    const automaton = buildKeywordAutomaton(words);
    expect(automaton.next).toBeInstanceOf(Uint32Array);
    expect(run(automaton, words, `-${words[13_999]}-`)).toEqual([`13:${words[13_999]}`]);
  });

  it('supports non-ASCII letters in either case', () => {
    const words = ['prüfnummer', 'ſtab', '护照', 'straße', 'паспорт'];
    const automaton = buildKeywordAutomaton(words);
    const text = 'PRÜFNUMMER stab SSTAB 护照 Straße ПАСПОРТ ſtab';
    expect(run(automaton, words, text)).toEqual(naive(words, text));
    expect(run(automaton, words, text)).toHaveLength(5);
  });

  it('supports more characters than 8 bits can number', () => {
    const words = Array.from({ length: 600 }, (_, index) => String.fromCharCode(0x4e00 + index));
    const automaton = buildKeywordAutomaton(words);
    expect(run(automaton, words, `a${words[599]}b${words[0]}`)).toEqual([
      `2:${words[599]}`,
      `4:${words[0]}`,
    ]);
  });

  it('rejects an empty keyword', () => {
    expect(() => buildKeywordAutomaton([''])).toThrow(RangeError);
  });
});
