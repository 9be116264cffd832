// Builds detectors for values that only a label identifies: before the value, after it, or at the
// head of its column. Such values need no check digit and no exact grouping, because the text itself
// says what they are.

import {
  BACKSLASH,
  CLOSE,
  codeAt,
  DOLLAR,
  DOT,
  isDigit,
  isLetter,
  isLower,
  isUpper,
  isWord,
  MINUS,
  OPEN,
  PLUS,
  SPACE,
  UNDERSCORE,
} from './characters.ts';
import type { Detector, Range } from './detector.ts';
import { isWellKnownNumber } from './formats.ts';
import { LabelGate } from './label-gate.ts';
import { kindsAfter, kindsBefore } from './label-links.ts';
import { Labels, type Kind } from './labels.ts';
import { isFieldNumber, isLinkedCommit } from './numbers-in-code.ts';
import { extensionEnd } from './phone-forms.ts';

/** Returns the end of the value that starts at `start`, or undefined. */
export type Form = (text: string, start: number, isWeak: boolean) => number | undefined;

export interface LabelledOptions extends Pick<Detector, 'entity' | 'label'> {
  /** Lower-case labels in any language. */
  readonly names: readonly string[];
  /** Labels that say little: the form gets `isWeak`. */
  readonly weakNames?: readonly string[];
  readonly form: Form;
  /** Sizes of digit groups and runs that begin or continue a value. */
  readonly digits?: readonly [min: number, max: number];
  readonly run?: readonly [min: number, max: number];
}

const PREFIX_LETTERS_MAX = 4;
/** So few digits are only the end of a plate: `B-AB 1`. */
const SHORT_LENGTH = 2;
/** `+`, `(`, `+49 (`, `(02) `: signs and digits of a telephone number that the candidate goes on. */
const SIGNS_BEFORE =
  /(?:\+|(?<![\w(])0\d{1,2}\)|\+?\(|\+\d{1,3} ?\(|(?:\+?(?<!\d)\d{1,3} ?)?\(\+?\d{1,5}\)[ -]?)$/;
const SIGNS_LENGTH = 16;
const ONE_LETTER = /(?:^|[^\w-])[A-Z] $/;
const GROUPS_BEFORE =
  /(?<![\w-])(?:(?:[A-ZÄÖÜ]{1,3}[ -]|\d{1,2}[ -])?[A-ZÄÖÜ]{1,4}[ .-]|[a-z]{2} |[a-z]-)$/;

const DATE = /^(?:\d{1,2}([-./])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d([-./])\d{1,2}\2\d{1,2})$/;

const NO_KINDS: readonly Kind[] = [];

/** What the labels around a candidate say. Kinds are twice the index, plus one if weak. */
interface Surroundings {
  readonly end: number;
  /** Where the value may begin, best first. */
  readonly starts: readonly number[];
  readonly kinds: readonly Kind[];
  /** Whether the label stands before the value; otherwise the value ends with the candidate. */
  readonly isBefore: boolean;
}

/** The last labelled candidate of a scan, as many detectors ask about it. */
interface Memory {
  readonly start: number;
  readonly end: number;
  readonly surroundings: Surroundings;
}

/** Returns the kinds of the last label in the heading of a column. */
function kindsOfHeading(labels: Labels, heading: string): readonly Kind[] {
  for (let end = heading.length; end > 0; end--) {
    if (isNamePart(heading, end) || !isNamePart(heading, end - 1)) continue;
    const label = labels.endingAt(heading, end);
    if (label) return label.kinds;
  }
  return NO_KINDS;
}

/** Reads the labels before and after a candidate; allocates only if there is one. */
function surroundings(
  labels: Labels,
  text: string,
  start: number,
  end: number,
): Surroundings | undefined {
  const joined = lettersBefore(text, start);
  if (joined === undefined) return undefined;
  const before = kindsBefore(labels, text, joined - signsBefore(text, joined));
  if (before.length > 0) {
    const starts = startsOf(text, start);
    // The letter may be a word between label and value, or belong to the value: `KVNR A 123 456 780`.
    const letter = ONE_LETTER.test(text.slice(Math.max(0, start - 3), start)) ? [start - 2] : [];
    return { end, starts: [...letter, ...starts], kinds: before, isBefore: true };
  }
  const apart = joined === start ? groupBefore(text, start) : undefined;
  const further = apart === undefined ? before : kindsBefore(labels, text, apart);
  if (apart !== undefined && further.length > 0) {
    return { end, starts: [apart], kinds: further, isBefore: true };
  }
  const whole = extensionEnd(text, end);
  const after = kindsAfter(labels, text, whole);
  if (after.length === 0) return undefined;
  const starts = apart === undefined ? startsOf(text, start) : [apart, ...startsOf(text, start)];
  return { end: whole, starts, kinds: after, isBefore: false };
}

/** Returns one detector for each row. They share an index of all labels and what a scan has read. */
export function labelledDetectors(rows: readonly LabelledOptions[]): Detector[] {
  const labels = new Labels(
    rows.flatMap(({ names, weakNames = [] }, index) => [
      ...names.map((name) => [name, 2 * index] as const),
      ...weakNames.map((name) => [name, 2 * index + 1] as const),
    ]),
  );
  const labelGate = new LabelGate(
    rows.flatMap(({ names, weakNames = [] }) => [...names, ...weakNames]),
  );
  const memories = new WeakMap<object, Memory>();
  const around = (text: string, start: number, end: number, scan?: object) => {
    const memory = scan && memories.get(scan);
    if (memory?.start === start && memory.end === end) return memory.surroundings;
    return surroundings(labels, text, start, end);
  };
  const gate: Detector['gate'] = (text, start, end, scan) => {
    if (end - start <= SHORT_LENGTH && !isGroupBefore(text, start)) return false;
    if (!labelGate.passes(text, start, end)) return false;
    const found = surroundings(labels, text, start, end);
    if (!found) return false;
    memories.set(scan, { start, end, surroundings: found });
    return rowsOf(found.kinds);
  };
  let last = { heading: '', kinds: NO_KINDS };
  const kindsOf = (heading: string): readonly Kind[] => {
    if (heading !== last.heading) last = { heading, kinds: kindsOfHeading(labels, heading) };
    return last.kinds;
  };
  return rows.map((row, index) => {
    const { entity, label, names, form, digits = [4, 22], run = [5, 22] } = row;
    return {
      entity,
      label,
      tier: 'B',
      triggers: [
        { kind: 'digits', digitsMin: digits[0], digitsMax: digits[1], loneMin: SHORT_LENGTH + 1 },
        { kind: 'run', lengthMin: run[0], lengthMax: run[1] },
      ],
      gate,
      place: index,
      names,
      resembles: (value) => !isOther(value) && form(value, 0, false) === value.length,
      column: {
        words: [],
        testOf: (heading) => {
          const isWeak = weaknessOf(kindsOf(heading), index);
          return isWeak === undefined
            ? undefined
            : (cell) => form(cell, 0, isWeak) === cell.length && isValue(cell, 0, cell.length);
        },
      },
      find: (text, start, end, scan) => valueAt(text, around(text, start, end, scan), index, form),
    };
  });
}

/** A date, or a word with a number: numbers beside their name have any form, but are more likely these. */
function isOther(value: string): boolean {
  return /^(?:\d{1,2}[./-]\d{1,2}[./-]\d{4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}|[A-Za-z]?[a-z]{3,}\d+)$/.test(
    value,
  );
}

function valueAt(
  text: string,
  around: Surroundings | undefined,
  index: number,
  form: Form,
): Range | undefined {
  if (!around) return undefined;
  const isWeak = weaknessOf(around.kinds, index);
  if (isWeak === undefined) return undefined;
  for (const at of around.starts) {
    const to = form(text, at, isWeak);
    if (to === undefined || !isValue(text, at, to)) continue;
    if (around.isBefore || to === around.end) return { start: at, end: to };
  }
  return undefined;
}

/** Rows by their kinds, which are those of a label. */
const rowsByKinds = new WeakMap<readonly Kind[], readonly number[]>();

/** The rows of the kinds, in their order. */
function rowsOf(kinds: readonly Kind[]): readonly number[] {
  const known = rowsByKinds.get(kinds);
  if (known) return known;
  const rows = new Set(kinds.map((kind) => kind >> 1));
  const sorted = [...rows].toSorted((a, b) => a - b);
  rowsByKinds.set(kinds, sorted);
  return sorted;
}

function weaknessOf(kinds: readonly Kind[], index: number): boolean | undefined {
  if (kinds.includes(2 * index)) return false;
  return kinds.includes(2 * index + 1) ? true : undefined;
}

/** Excludes constants, placeholders and dates: `2147483647`, `000-00-0000`, `2026-01-31`. */
function isValue(text: string, start: number, end: number): boolean {
  const value = text.slice(start, end);
  const digits = value.replaceAll(/\D/g, '');
  const isRepeated = /^(\d)\1{5,}$/.test(digits) && !/[A-Za-z]/.test(value);
  if (isWellKnownNumber(digits) || isRepeated || DATE.test(value)) return false;
  return !isLinkedCommit(text, start, end) && !isFieldNumber(text, start, end);
}

/** Returns where a value with the candidate may begin: before signs, an area code, joined letters. */
function startsOf(text: string, start: number): number[] {
  const joined = lettersBefore(text, start);
  if (joined === undefined) return [];
  const signs =
    SIGNS_BEFORE.exec(text.slice(Math.max(0, joined - SIGNS_LENGTH), joined))?.[0] ?? '';
  return signs === '' ? [joined] : [joined - signs.length, joined];
}

/** Returns the length of the signs before `at`. */
function signsBefore(text: string, at: number): number {
  const code = codeAt(text, at - 1);
  const isSign = code === PLUS || code === OPEN || code === CLOSE;
  if (!isSign && codeAt(text, at - 2) !== CLOSE) return 0;
  return SIGNS_BEFORE.exec(text.slice(Math.max(0, at - SIGNS_LENGTH), at))?.[0].length ?? 0;
}

/** Returns the start of letters before the candidate and one sign: `AB 12`, `B AB 12`, `34 AB 12`, `de 12`. */
function groupBefore(text: string, start: number): number | undefined {
  if (!isGroupBefore(text, start)) return undefined;
  const group = GROUPS_BEFORE.exec(text.slice(Math.max(0, start - SIGNS_LENGTH), start))?.[0];
  return group === undefined ? undefined : start - group.length;
}

function isGroupBefore(text: string, start: number): boolean {
  if (!isGroupSign(codeAt(text, start - 1))) return false;
  const last = codeAt(text, start - 2);
  return isUpper(last) || (isLower(last) && (isPair(text, start - 3) || isLone(text, start)));
}

function isGroupSign(code: number): boolean {
  return code === SPACE || code === MINUS || code === DOT;
}

/** Whether the small letter at `start` begins two that stand alone: `de 123 456 789`. */
function isPair(text: string, start: number): boolean {
  return isLower(codeAt(text, start)) && !isWord(codeAt(text, start - 1));
}

/** Whether a small letter before the sign stands alone, and the sign is a hyphen: `x-9613851-n`. */
function isLone(text: string, start: number): boolean {
  return codeAt(text, start - 1) === MINUS && !isWord(codeAt(text, start - 3));
}

/** Returns the start of at most four letters before `at`, or undefined inside a longer word. */
function lettersBefore(text: string, at: number): number | undefined {
  let from = at;
  while (isLetter(codeAt(text, from - 1))) if (at - --from > PREFIX_LETTERS_MAX) return undefined;
  const before = codeAt(text, from - 1);
  // The line of a form: `Phone: ____0171`.
  if (before === UNDERSCORE) return codeAt(text, from - 2) === UNDERSCORE ? from : undefined;
  if (isDigit(before) || before === DOLLAR) return undefined;
  return before === BACKSLASH && from < at ? from + 1 : from;
}

function isNamePart(text: string, at: number): boolean {
  return /[\p{L}\p{N}]/u.test(text.charAt(at));
}
