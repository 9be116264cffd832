import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HITS_MAX,
  indexKeywords,
  SEARCH_LENGTH_MAX,
  STOP,
} from '../../../../../shared/privacy/detect/keyword-index.ts';
import { checkProperty } from '../../../../kit/properties.ts';

/** Returns `end:word` for every keyword, and `end:` for every stop, as a scan in windows finds them. */
function run(words: readonly string[], stops: string, text: string, window = SEARCH_LENGTH_MAX) {
  const codes = Array.from(stops, (stop) => stop.charCodeAt(0));
  const index = indexKeywords(new Map(words.map((word) => [word, word])), codes);
  const hits = new Int32Array(HITS_MAX);
  const found: string[] = [];
  for (let start = 0; start < text.length; start += window) {
    const count = index.search(text, start, Math.min(text.length, start + window), hits);
    for (let each = 0; each < count; each += 2) {
      const end = start + (hits[each] ?? 0) + 1;
      const hit = hits[each + 1] ?? 0;
      if ((hit & STOP) !== 0) found.push(`${end}:`);
      found.push(...index.valuesOf(hit).map((word) => `${end}:${word}`));
    }
  }
  return found;
}

/** The longest keyword first, in text order. */
function naive(words: readonly string[], stops: string, text: string): string[] {
  const found: string[] = [];
  const sorted = words.toSorted((one, other) => other.length - one.length);
  for (let end = 1; end <= text.length; end++) {
    if (stops.includes(text.charAt(end - 1))) found.push(`${end}:`);
    const read = text.slice(0, end).toLowerCase();
    const ending = sorted.filter((word) => read.endsWith(word));
    found.push(...ending.map((word) => `${end}:${word}`));
  }
  return found;
}

describe('a keyword index', () => {
  it('finds every keyword, in any letter case and inside others, the longest first', () => {
    const words = ['he', 'she', 'hers', 'sk-'];
    expect(run(words, '', 'usHERs SK-she')).toEqual(naive(words, '', 'usHERs SK-she'));
    expect(run(words, '', 'she')).toEqual(['3:she', '3:he']);
  });

  it('agrees with a naive search on any words, stops, windows and text', () => {
    const unit = fc.constantFrom('a', 'b', 'c', '-', '1');
    const words = fc.uniqueArray(fc.string({ unit, minLength: 1, maxLength: 8 }), {
      maxLength: 12,
    });
    const text = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', 'c', '-', '1', '@', 'é', '漢'),
      maxLength: 200,
    });
    checkProperty(
      fc.property(
        words,
        fc.constantFrom('', '@', '1@', '-é'),
        text,
        fc.integer({ min: 1, max: 90 }),
        (list, stops, given, window) => {
          expect(run(list, stops, given, window)).toEqual(naive(list, stops, given));
        },
      ),
    );
  });

  it('finds keywords across the windows of a long text', () => {
    const text = `${'x'.repeat(SEARCH_LENGTH_MAX - 2)}PassWord${'y'.repeat(100)}`;
    expect(run(['password'], '', text)).toEqual([`${SEARCH_LENGTH_MAX + 6}:password`]);
  });

  it('finds each of many keywords', () => {
    const words = Array.from({ length: 14_000 }, (_, index) =>
      `${index * 7919}x`.padStart(12, 'ab'),
    );
    expect(run(words, '', `-${words[13_999]}-`)).toEqual([`13:${words[13_999]}`]);
  });

  it('finds keywords with letters other than ASCII in either case', () => {
    const words = ['prüfnummer', 'ſtab', '护照', 'straße', 'паспорт', '様'];
    const text = 'PRÜFNUMMER stab SSTAB 护照 Straße ПАСПОРТ ſtab 様';
    expect(run(words, '', text)).toEqual(naive(words, '', text));
    expect(run(words, '', text)).toHaveLength(6);
  });

  it('finds keywords of more characters than the filter has classes', () => {
    const words = Array.from({ length: 600 }, (_, index) =>
      String.fromCharCode(0x4e00 + index).repeat(1 + (index % 6)),
    );
    const text = words.filter((_, index) => index % 9 === 0).join(' ');
    expect(run(words, '', text)).toEqual(naive(words, '', text));
  });

  it('finds keywords that share long endings, and those that end others', () => {
    const words = ['e', 'me', 'ame', 'name', 'username', 'surname', 'xusername', 'rename', '-name'];
    const text = 'xUserName rename me, e-name: surname tame yusername';
    expect(run(words, '-', text)).toEqual(naive(words, '-', text));
  });

  it('finds keywords as long as they may be, also across windows', () => {
    const word = 'ab'.repeat(128);
    const text = `b${word}${word}`;
    expect(run([word, 'ab'], '', text, 50)).toEqual(naive([word, 'ab'], '', text));
  });

  it('rejects more keywords and characters than it can number', () => {
    const words = Array.from({ length: 33_000 }, (_, index) => String.fromCharCode(0x100 + index));
    const valueByWord = new Map(words.map((word) => [word, word]));
    expect(() => indexKeywords(valueByWord, [])).toThrow('too many different words and characters');
  });

  it('rejects a keyword that is empty or too long', () => {
    expect(() => indexKeywords(new Map([['', 0]]), [])).toThrow(RangeError);
    expect(() => indexKeywords(new Map([['a'.repeat(257), 0]]), [])).toThrow(RangeError);
  });
});
