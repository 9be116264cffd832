import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldTable } from '../../../../shared/policy/fold-table.ts';
import { normalizeText } from '../../../../shared/policy/normalized-text.ts';
import { candidatesOf, STRING, UNIT_BITS_SHIFT } from '../../../../shared/scan/body-index.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import {
  firstKeywordTrigger,
  FOLD_DROPPED,
  FOLD_SEVERAL,
  UNFOLDED,
  type ScanProgram,
} from '../../../../shared/scan/program.ts';
import { createTwin } from '../../../../shared/scan/twin.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { indexOf, KEY, manyTriggers, outcomeOf, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const { fold, unitBits } = foldTable();
const WORDS = [
  'ignore all',
  'instructions',
  "don't",
  'a b',
  'a',
  'strasse',
  'naive',
  'жук',
  '日本語',
  'x-y',
  'aab',
];
const PROGRAM: ScanProgram = {
  ...SMALL_PROGRAM,
  keywords: [
    ...SMALL_PROGRAM.keywords,
    ...WORDS.map((word) => ({ text: normalizeText(word).text, isFolded: true })),
  ],
  fold,
  unitBits: SMALL_PROGRAM.unitBits.map((bits, unit) => bits | (unitBits[unit] ?? 0)),
};
const kernel = createKernel(PROGRAM, KEY);
const twin = createTwin(PROGRAM, KEY);

/** Words in other spellings, between other text. */
const spelledText = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(
            fc.constantFrom(...WORDS),
            fc.array(
              fc.constantFrom('', '', '', '\u200b', '\u0301', '\u0001', '\u007f', '\u00ad'),
              {
                minLength: 16,
                maxLength: 16,
              },
            ),
            fc.boolean(),
          )
          .map(([word, between, isUpper]) => {
            const spaced = word
              .replaceAll(' ', ' \n\u00a0')
              .replaceAll("'", '’')
              .replaceAll('i', 'í');
            const spelled = Array.from(spaced, (char, at) => char + (between[at % 16] ?? '')).join(
              '',
            );
            return isUpper ? spelled.toUpperCase() : spelled;
          }),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(' ', '\n', 'ß', '😀', '\u200b'.repeat(60), '    ', 'ﬁ'),
      },
      { weight: 1, arbitrary: manyTriggers.map((text) => text.slice(0, 1_500)) },
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the kernel with a fold table', () => {
  it('finds what its twin finds', () => {
    checkProperty(
      fc.property(spelledText, (text) => {
        const bytes = JSON.stringify([text, text + text]);
        expect(outcomeOf(kernel, bytes)).toEqual(outcomeOf(twin, bytes));
      }),
      { runs: 60 },
    );
  });

  it('finds the words that are in the normalized text, unless it says that it cannot', () => {
    let checked = 0;
    checkProperty(
      fc.property(spelledText, (text) => {
        const index = indexOf(kernel, JSON.stringify(text));
        const flags = (index.strings[STRING.flags] ?? 0) >> UNIT_BITS_SHIFT;
        if ((flags & UNFOLDED) !== 0) return;
        checked += 1;
        const normalized = normalizeText(text).text;
        const first = firstKeywordTrigger(PROGRAM) + SMALL_PROGRAM.keywords.length;
        const triggers = new Set([...candidatesOf(index, 0)].filter((_, at) => at % 2 === 1));
        for (const [place, word] of WORDS.entries()) {
          const isIn = normalized.includes(normalizeText(word).text);
          expect(triggers.has(first + place), word).toBe(isIn);
        }
      }),
      { runs: 500 },
    );
    expect(checked).toBeGreaterThan(200);
  });

  it('folds each unit as the text is normalized', () => {
    const units = Array.from({ length: 0x10000 }, (_, unit) => unit);
    const isWrong = (unit: number) => {
      if (unit >= 0xd800 && unit < 0xe000) return false;
      const normalized = normalizeText(String.fromCharCode(unit)).text;
      const to = fold[unit] ?? 0;
      if (to === FOLD_SEVERAL) return normalized.length === 1 && unit < 0xfff0;
      return (to === FOLD_DROPPED ? '' : String.fromCharCode(to)) !== normalized;
    };
    expect(units.filter(isWrong)).toEqual([]);
  });

  it('leaves pairs unfolded only where they normalize to themselves', () => {
    const points = Array.from({ length: 0x100000 }, (_, index) => 0x10000 + index);
    const isWrong = (point: number) => {
      const char = String.fromCodePoint(point);
      return unitBits[char.charCodeAt(0)] === 0 && normalizeText(char).text !== char;
    };
    expect(points.filter(isWrong)).toEqual([]);
  });

  it.each([
    [{ text: 'é', isFolded: true }],
    [{ text: 'a', isFolded: true, before: 1 }],
    [{ text: 'a  b', isFolded: true }],
  ])('refuses a keyword that is not folded: %j', (keyword) => {
    expect(() => createKernel({ ...PROGRAM, keywords: [keyword] }, KEY)).toThrow('must be folded');
  });
});
