// Runs detectors as the contract in shared/privacy/detect/detector.ts describes, with plain
// patterns and without regard to speed: an independent implementation that tests compare with the
// scanner. `«` and `»` mark the expected values in test texts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector, Range, Trigger } from '../../shared/privacy/detect/detector.ts';
import { compileHeadings } from '../../shared/privacy/detect/compiled-headings.ts';
import { TableReader } from '../../shared/privacy/detect/table-reader.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { samplesOf } from './properties.ts';

const CHARS_BEFORE = 64;
const CHARS_AFTER = 32;

/** Texts that look like personal numbers but are not. */
export const LOOK_ALIKES: readonly string[] = [
  '2147483647',
  '2147483648',
  '-2147483648',
  '4294967295',
  '9007199254740991',
  '9223372036854775807',
  '18446744073709551615',
  '0x7fffffffffffffff',
  '3.141592653589793',
  '85.05112878',
  '0.1234567890123456',
  '1.7976931348623157e+308',
  '1.2.3',
  'v1.2.3.4',
  '10.0.19045.3803',
  '^18.2.0-beta.1',
  '1700000000',
  '1700000000000',
  '1700000000000000000',
  '2024-01-31T23:59:59.123Z',
  '20240131235959',
  '+0100',
  '123e4567-e89b-12d3-a456-426614174000',
  '00000000-0000-0000-0000-000000000000',
  'd41d8cd98f00b204e9800998ecf8427e',
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'sha512-Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDREVGR0g==',
  '#00ff00',
  'M10.5 20.25L30.125 40.0625 50.5 60.75',
  'utf8 base64 sha256 int32 x86_64 i18n',
];

/** Returns the detected values in text order. */
export function findWith(detectors: readonly Detector[], text: string): string[] {
  const found = detectors.flatMap((detector) =>
    rangesOf(detector, text)
      .filter((range) => hasContext(detector, text, range))
      .flatMap((range) => listFrom(detector, text, range)),
  );
  const longestFirst = [...found, ...cellsIn(detectors, text)].toSorted(
    (a, b) => a.start - b.start || b.end - a.end,
  );
  const kept: Range[] = [];
  for (const range of longestFirst) {
    if (range.start >= (kept.at(-1)?.end ?? 0)) kept.push(range);
  }
  return kept.map(({ start, end }) => text.slice(start, end));
}

/** The cells of tables that detectors know by their heading. Every word may be one. */
function cellsIn(detectors: readonly Detector[], text: string): Range[] {
  const cells: Range[] = [];
  const headings = compileHeadings(detectors.map((detector) => ({ detector })));
  const reader = new TableReader(text, headings, (_, cell) => cells.push(cell));
  for (const { index: start, 0: word } of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const end = start + word.length;
    reader.word(start, end);
    reader.number(start, end);
    if (word.toLowerCase() === 'values') reader.statement(start, end);
  }
  reader.advance(text.length);
  return cells;
}

/** Whether a detector finds all of a value on its own, assuming context. */
export function isFound(detector: Detector, value: string): boolean {
  return rangesOf(detector, value).some(({ start, end }) => start === 0 && end === value.length);
}

function rangesOf({ triggers, find }: Detector, text: string): Range[] {
  return triggers
    .flatMap((trigger) => candidates(trigger, text))
    .flatMap(({ start, end }) => find(text, start, end) ?? []);
}

/** A value and those of the list that it begins. */
function listFrom(detector: Detector, text: string, first: Range): Range[] {
  const list = [first];
  for (let next = detector.next?.(text, first.end); next; next = detector.next?.(text, next.end))
    list.push(next);
  return list;
}

/** Generates strings of `length` digits. */
export function digits(length: number): fc.Arbitrary<string> {
  const digit = fc.integer({ min: 0, max: 9 });
  return fc.array(digit, { minLength: length, maxLength: length }).map((list) => list.join(''));
}

/** Generates dates of birth in the 1900s, as six digits. */
export function birthDays(order: 'ymd' | 'dmy'): fc.Arbitrary<string> {
  return fc
    .date({ min: new Date('1930-01-01'), max: new Date('1999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(2, 10).split('-'))
    .map((parts) => (order === 'ymd' ? parts : parts.toReversed()).join(''));
}

/** All one-digit and two-digit check digits. */
export const ENDINGS: readonly string[] = Array.from('0123456789');
export const DOUBLE_ENDINGS: readonly string[] = ENDINGS.flatMap((tens) =>
  ENDINGS.map((ones) => tens + ones),
);

/** Returns the values, bodies with every ending, on which a detector and `isValid` disagree. */
export function disagreements(
  isValid: (value: string) => boolean,
  detector: Detector,
  bodies: fc.Arbitrary<string>,
  endings: readonly string[] = ENDINGS,
): string[] {
  return Array.from(samplesOf(bodies), (body) =>
    endings
      .map((ending) => body + ending)
      .filter((value) => isFound(detector, value) !== isValid(value)),
  ).flat();
}

/** Tests detectors with marked texts, both with `findWith` and with the scanner. */
export function describeDetector(
  what: string,
  detectors: readonly Detector[],
  { finds, ignores }: { finds: readonly string[]; ignores: readonly string[] },
): void {
  const scanner = createScanner(detectors);
  // Detectors of tier C rely on context alone.
  const context = detectors.map(({ tier, context: words }) => (tier !== 'C' && words?.[0]) || '');

  describe(what, () => {
    it.each(finds)('finds %s', (marked) => {
      const text = marked.replaceAll(/[«»]/g, '');
      const values = Array.from(marked.matchAll(/«(.*?)»/gs), ([, value]) => value);
      expect(values, 'no expected values').not.toEqual([]);
      expect(findWith(detectors, text)).toEqual(values);
      expect(scanner.scan(text).map(({ start, end }) => text.slice(start, end))).toEqual(values);
    });

    it.each(ignores)('ignores %s', (text) => {
      expect(findWith(detectors, text)).toEqual([]);
      expect(scanner.scan(text)).toEqual([]);
    });

    it.each(LOOK_ALIKES)('finds nothing in %s', (text) => {
      expect(findWith(detectors, text)).toEqual([]);
      expect(scanner.scan(`${context.join(' ')}: ${text}`)).toEqual([]);
    });

    it('has names that are valid in placeholders and settings', () => {
      for (const { entity, label, tier, context: words } of detectors) {
        expect(entity).toMatch(/^[A-Z][A-Z_]+[A-Z]$/);
        expect(label).toMatch(/^[A-Z]{2,12}$/);
        expect(tier).toMatch(/^[ABC]$/);
        for (const word of words ?? []) expect(word).toBe(word.toLowerCase());
      }
    });
  });
}

function candidates(trigger: Trigger, text: string): Range[] {
  switch (trigger.kind) {
    case 'char':
      return Array.from(text, (_, index) => ({ start: index, end: index + 1 })).filter(
        ({ start }) => trigger.chars.includes(text.charAt(start)),
      );
    case 'word':
      return trigger.words.flatMap((word) =>
        ranges(text, new RegExp(word.replaceAll(/[^a-z0-9]/gi, String.raw`\$&`), 'gi')),
      );
    case 'digits':
      return groups(text).filter(({ start, end }) => {
        const { length } = text.slice(start, end).replaceAll(/\D/g, '');
        return length >= trigger.digitsMin && length <= trigger.digitsMax;
      });
    case 'run':
      return ranges(text, /[A-Za-z0-9]+/g).filter(({ start, end }) => {
        const run = text.slice(start, end);
        const hasBoth = /\d/.test(run) && /[A-Za-z]/.test(run);
        return hasBoth && run.length >= trigger.lengthMin && run.length <= trigger.lengthMax;
      });
  }
}

/** Returns maximal digit groups, their parts between spaces, and chains of four-digit blocks. */
function groups(text: string): Range[] {
  return ranges(text, /\d(?:[ \-./]?\d)*/g).flatMap((group) => {
    const inGroup = (pattern: RegExp) =>
      ranges(text.slice(group.start, group.end), pattern).map(({ start, end }) => ({
        start: start + group.start,
        end: end + group.start,
      }));
    const parts = inGroup(/[^ /]+/g);
    const chains = inGroup(/(?<![^ /])(?=\d{4}[ /])/g).flatMap(({ start }) =>
      parts
        .filter(({ end }) => /^(\d{4}[ /]){2,4}\d{1,4}$/.test(text.slice(start, end)))
        .map(({ end }) => ({ start, end })),
    );
    return [group, ...parts, ...chains].filter(
      (each, index, all) => all.findIndex((other) => isSame(each, other)) === index,
    );
  });
}

function isSame(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end;
}

function ranges(text: string, pattern: RegExp): Range[] {
  return Array.from(text.matchAll(pattern), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Context words match alone or as parts of identifiers: `customer_ssn`, `taxId`. */
function hasContext({ context }: Detector, text: string, { start, end }: Range): boolean {
  if (!context) return true;
  const before = text.slice(Math.max(0, start - CHARS_BEFORE), start);
  const after = text.slice(end, end + CHARS_AFTER);
  return [before, after].some((near) => {
    const words = near.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ').toLowerCase();
    return context.some((word) => {
      const gaps = word.replaceAll(/[^\p{L}\p{M}\d]+/gu, String.raw`[^\p{L}\d]{0,3}`);
      return new RegExp(`(?<![a-zà-ž])${gaps}s?(?![a-zà-ž])`, 'u').test(words);
    });
  });
}
