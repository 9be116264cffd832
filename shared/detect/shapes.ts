// Detectors of values with a fixed layout, from rows that show the layout: `9` is a digit, `A` an
// upper-case letter, `X` either, and everything else is itself. The layout also says how the scanner
// gets there. One with a dash is found by its first dash rather than as a group of digits: then it
// is also found beside other numbers, as in `3 123-45-6789`, which the scanner takes for one group.

import { isDigit, isEscape, isUpper, MINUS, standsAlone } from './characters.ts';
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

/** The detector that a row describes. */
export function shaped({ shapes, check, ...row }: ShapedRow): Detector {
  const known = shapes.map(shapeOf);
  const dashed = known.filter(({ trigger }) => trigger.kind === 'char');
  const whole = known.filter(({ trigger }) => trigger.kind !== 'char');
  return {
    ...row,
    triggers: triggersOf(known),
    find(text, start, end) {
      const range =
        text.charCodeAt(start) === MINUS
          ? fitAtDash(text, start, dashed)
          : fitWhole(text, isEscape(text, start) ? start + 1 : start, end, whole);
      if (!range || !standsAlone(text, range.start, range.end)) return undefined;
      const value = compact(text, range);
      return !isMachineNumber(value) && check(value) ? range : undefined;
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
  return text.slice(start, end).replace(/[ \-./]/g, '');
}

function fitWhole(text: string, start: number, end: number, shapes: readonly Shape[]) {
  for (const { layout, offset, span } of shapes) {
    if (span === end - start && fits(text, start - offset, layout)) {
      return { start: start - offset, end: start - offset + layout.length };
    }
  }
  return undefined;
}

/** A dash is frequent, so the two characters beside it are looked at before any layout. */
function fitAtDash(text: string, dash: number, shapes: readonly Shape[]) {
  if (!isCode(text.charCodeAt(dash + 1)) || !isCode(text.charCodeAt(dash - 1))) return undefined;
  for (const { layout, offset } of shapes) {
    if (fits(text, dash - offset, layout)) {
      return { start: dash - offset, end: dash - offset + layout.length };
    }
  }
  return undefined;
}

function isCode(code: number): boolean {
  return isDigit(code) || isUpper(code);
}

function shapeOf(layout: string): Shape {
  const dash = layout.indexOf('-');
  if (dash >= 0) return { layout, offset: dash, span: 1, trigger: { kind: 'char', chars: '-' } };
  if (/^[9A-Z]*[A-Z][9A-Z]*$/.test(layout)) {
    const { length } = layout;
    // One more when the run begins with the letter of an escape such as `\\n`.
    const trigger = { kind: 'run', lengthMin: length, lengthMax: length + 1 } as const;
    return { layout, offset: 0, span: length, trigger };
  }
  const offset = layout.indexOf('9');
  const digits = layout.split('9').length - 1;
  const trigger = { kind: 'digits', digitsMin: digits, digitsMax: digits } as const;
  return { layout, offset, span: layout.lastIndexOf('9') + 1 - offset, trigger };
}

function triggersOf(shapes: readonly Shape[]): Trigger[] {
  const byText = new Map(shapes.map(({ trigger }) => [JSON.stringify(trigger), trigger] as const));
  return [...byText.values()];
}
