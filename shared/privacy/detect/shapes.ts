// Detectors of values with a fixed layout, from rows that show the layout: `9` is a digit, `A` an
// upper-case letter, `X` either, and everything else is itself. The layout also says how the scanner
// gets there: by its digits, or by the run of letters and digits it begins with.

import { isDigit, isEscape, isUpper, standsAlone } from './characters.ts';
import type { Detector, Range, Trigger } from './detector.ts';

export interface ShapedRow extends Omit<Detector, 'triggers' | 'find'> {
  readonly shapes: readonly string[];
  /** Looks at the digits and letters of a candidate, separators left out. */
  readonly check: (value: string) => boolean;
}

interface Shape {
  readonly layout: string;
  /** From the beginning of the layout to what the scanner points at, and how long that is. */
  readonly offset: number;
  readonly span: number;
  readonly trigger: Trigger;
}

const NINE = 57;
const LETTER = 65;
const EITHER = 88;

/** Limits of integers and primes that programs are full of; they pass some check digits. */
const MACHINE_NUMBERS = new Set(
  '2147483647 2147483648 4294967295 4294967296 1000000007 1000000009 998244353'.split(' '),
);

/** Whether the digits are such a constant rather than somebody's number. */
export function isMachineNumber(digits: string): boolean {
  return MACHINE_NUMBERS.has(digits);
}

/** The detector that a row describes. Throws RangeError when a layout has nothing to be found by. */
export function shaped({ shapes, check, ...row }: ShapedRow): Detector {
  const known = shapes.map(shapeOf);
  return {
    ...row,
    triggers: triggersOf(known),
    find(text, start, end) {
      const range = fitAny(text, isEscape(text, start) ? start + 1 : start, end, known);
      if (!range) return undefined;
      const value = compact(text, range);
      return check(value) && !isMachineNumber(value) ? range : undefined;
    },
  };
}

/** Whether `text` has the layout at `start`. */
export function fits(text: string, start: number, layout: string): boolean {
  for (let place = 0; place < layout.length; place++) {
    const want = layout.charCodeAt(place);
    const have = text.charCodeAt(start + place);
    if (want === NINE) {
      if (!isDigit(have)) return false;
    } else if (want === LETTER) {
      if (!isUpper(have)) return false;
    } else if (want === EITHER) {
      if (!isDigit(have) && !isUpper(have)) return false;
    } else if (want !== have) return false;
  }
  return true;
}

/** The letters and digits of a range. */
export function compact(text: string, { start, end }: Range): string {
  const slice = text.slice(start, end);
  for (let index = 0; index < slice.length; index++) {
    if (slice.charCodeAt(index) < 48) return slice.replaceAll(/[ \-./]/g, '');
  }
  return slice;
}

function fitAny(text: string, start: number, end: number, shapes: readonly Shape[]) {
  for (const { layout, offset, span } of shapes) {
    if (span !== end - start) continue;
    const from = start - offset;
    const to = from + layout.length;
    if (fits(text, from, layout) && standsAlone(text, from, to)) return { start: from, end: to };
  }
  return undefined;
}

function shapeOf(layout: string): Shape {
  const digits = /^[^9X]*(9(?:[ \-./]?9)*)[^9X]*$/.exec(layout)?.[1];
  const run = /^[9A-Z]+/.exec(layout)?.[0] ?? '';
  if (/^[9A-Z]*$/.test(layout) ? layout === digits : digits !== undefined) {
    const offset = layout.indexOf('9');
    const count = (digits ?? '').replace(/[^9]/g, '').length;
    const trigger = { kind: 'digits', digitsMin: count, digitsMax: count } as const;
    return { layout, offset, span: digits?.length ?? 0, trigger };
  }
  if (run.length < 2) throw new RangeError(`nothing to find ${layout} by`);
  // One more when the run begins with the letter of an escape such as `\n`.
  const trigger = { kind: 'run', lengthMin: run.length, lengthMax: run.length + 1 } as const;
  return { layout, offset: 0, span: run.length, trigger };
}

function triggersOf(shapes: readonly Shape[]): Trigger[] {
  const byText = new Map(shapes.map(({ trigger }) => [JSON.stringify(trigger), trigger] as const));
  return [...byText.values()];
}
