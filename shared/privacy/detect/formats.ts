// Builds detectors for values with a fixed format: `9` is a digit, `A` an upper-case letter, `X`
// either, anything else itself. The trigger follows from the format: its digits, or the run of
// letters and digits it begins with.

import { isDigit, isEscape, isUpper, standsAlone, codeAt } from './characters.ts';
import type { Detector, Range, Trigger } from './detector.ts';

export interface FormatOptions extends Omit<Detector, 'triggers' | 'find'> {
  readonly formats: readonly string[];
  /** Receives the letters and digits of a candidate, without separators. */
  readonly check: (value: string) => boolean;
}

interface CompiledFormat {
  readonly format: string;
  /** Offset of the trigger within the format, and its length. */
  readonly offset: number;
  readonly triggerLength: number;
  readonly trigger: Trigger;
}

const NINE = 57;
const LETTER = 65;
const EITHER = 88;

/** Integer limits, also in octal, and primes common in programs; they pass some check digits. */
const WELL_KNOWN_NUMBERS = new Set(
  '2147483647 2147483648 4294967295 4294967296 1000000007 1000000009 998244353 037777777777 017777777777'.split(
    ' ',
  ),
);

/** Whether the digits are a well-known constant rather than an identifier. */
export function isWellKnownNumber(digits: string): boolean {
  return WELL_KNOWN_NUMBERS.has(digits);
}

/** @throws RangeError if a format has no digits or run to trigger on */
export function formatDetector({ formats, check, ...rest }: FormatOptions): Detector {
  const compiled = formats.map(compileFormat);
  return {
    ...rest,
    triggers: triggersOf(compiled),
    find(text, start, end) {
      const range = matchAny(text, isEscape(text, start) ? start + 1 : start, end, compiled);
      if (!range) return undefined;
      const value = compact(text, range);
      return check(value) && !isWellKnownNumber(value) ? range : undefined;
    },
  };
}

/** Whether `text` matches the format at `start`. */
export function matchesFormat(text: string, start: number, format: string): boolean {
  for (let at = 0; at < format.length; at++) {
    const expected = format.charCodeAt(at);
    const actual = codeAt(text, start + at);
    if (expected === NINE) {
      if (!isDigit(actual)) return false;
    } else if (expected === LETTER) {
      if (!isUpper(actual)) return false;
    } else if (expected === EITHER) {
      if (!isDigit(actual) && !isUpper(actual)) return false;
    } else if (expected !== actual) return false;
  }
  return true;
}

/** Returns the range without separators. */
export function compact(text: string, { start, end }: Range): string {
  const slice = text.slice(start, end);
  for (let index = 0; index < slice.length; index++) {
    if (slice.charCodeAt(index) < 48) return slice.replaceAll(/[ \-./]/g, '');
  }
  return slice;
}

function matchAny(text: string, start: number, end: number, formats: readonly CompiledFormat[]) {
  for (const { format, offset, triggerLength } of formats) {
    if (triggerLength !== end - start) continue;
    const from = start - offset;
    const to = from + format.length;
    if (matchesFormat(text, from, format) && standsAlone(text, from, to))
      return { start: from, end: to };
  }
  return undefined;
}

function compileFormat(format: string): CompiledFormat {
  const digits = /^[^9X]*(9(?:[ \-./]?9)*)[^9X]*$/.exec(format)?.[1];
  const run = /^[9A-Z]+/.exec(format)?.[0] ?? '';
  if (/^[9A-Z]*$/.test(format) ? format === digits : digits !== undefined) {
    const offset = format.indexOf('9');
    const count = (digits ?? '').replace(/[^9]/g, '').length;
    const trigger = { kind: 'digits', digitsMin: count, digitsMax: count } as const;
    return { format, offset, triggerLength: digits?.length ?? 0, trigger };
  }
  if (run.length < 2) throw new RangeError(`the format ${format} has nothing to trigger on`);
  // One more for an escape letter such as the `n` of `\n` before the run.
  const trigger = { kind: 'run', lengthMin: run.length, lengthMax: run.length + 1 } as const;
  return { format, offset: 0, triggerLength: run.length, trigger };
}

function triggersOf(formats: readonly CompiledFormat[]): Trigger[] {
  const byText = new Map(formats.map(({ trigger }) => [JSON.stringify(trigger), trigger] as const));
  return [...byText.values()];
}
