// Restores placeholders inside raw JSON string text, which is binary text.

import { binaryText } from '../../../shared/json/binary-text.ts';
import {
  placeholderPattern,
  placeholderStartLength,
} from '../../../shared/privacy/placeholders.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { decodeSteps } from './decode-json-text.ts';
import { issuedValue, type Values } from './restore-text.ts';

export interface RestoredText {
  readonly done: string;
  /** The end of the text if it may be the start of a placeholder or an escape. */
  readonly held: string;
}

/** In JSON inside a string: a closing quote and the next character, which tells keys from values. */
const CLOSED = /\\"(?: |\\[nrt])*([^ \\])/y;
/** The start of such an ending, at the end of a cut text. */
const CLOSING = /(?:\\(?:"(?: |\\[nrt])*\\?)?)?$/y;
const QUOTE_LENGTH = 2;
/** Placeholders that are restored between two steps: less than a millisecond. */
const STEP_PLACEHOLDERS = 512;

/**
 * Restores text nested in `depth` JSON strings; values are escaped to the same depth. In JSON inside a
 * string (depth 2), a complete string value that is one of `numbers` becomes a number.
 */
export function restoreJsonText(
  raw: string,
  depth: number,
  values: Values,
  numbers?: ReadonlySet<string>,
): RestoredText {
  return finished(restoreSteps(raw, depth, values, numbers));
}

/** Like `restoreJsonText`, in short steps. */
export function* restoreSteps(
  raw: string,
  depth: number,
  values: Values,
  numbers: ReadonlySet<string> = NO_NUMBERS,
): Generator<void, RestoredText> {
  const { text, at } = yield* decodeSteps(raw, depth);
  yield;
  const hasNumbers = depth === 2 && numbers.size > 0;
  let end = at(text.length - placeholderStartLength(text));
  if (hasNumbers && opensString(raw, end)) end -= QUOTE_LENGTH;
  const parts: string[] = [];
  let done: string[] = [];
  let from = 0;
  let left = STEP_PLACEHOLDERS;
  for (const match of text.matchAll(placeholderPattern())) {
    left -= 1;
    if (left === 0) {
      parts.push(done.join(''));
      done = [];
      left = STEP_PLACEHOLDERS;
      yield;
    }
    const [placeholder] = match;
    const value = issuedValue(values, placeholder);
    if (value === undefined) continue;
    const start = at(match.index);
    const placeholderEnd = at(match.index + placeholder.length);
    const isNumber =
      hasNumbers && numbers.has(placeholder) && opensString(raw, start)
        ? closesValue(raw, placeholderEnd)
        : false;
    if (isNumber === undefined) {
      end = start - QUOTE_LENGTH;
      break;
    }
    const around = isNumber ? QUOTE_LENGTH : 0;
    done.push(raw.slice(from, start - around), escaped(value, depth));
    from = placeholderEnd + around;
  }
  const held = raw.slice(end);
  if (from === 0) return { done: raw.slice(0, end), held };
  parts.push(...done, raw.slice(from, end));
  return { done: parts.join(''), held };
}

const NO_NUMBERS: ReadonlySet<string> = new Set();

/** Whether a quote before `end` opens a string; inside a string, it has a backslash. */
function opensString(raw: string, end: number): boolean {
  return raw.endsWith('\\"', end) && raw[end - QUOTE_LENGTH - 1] !== '\\';
}

/** Whether a value's string ends at `at`; `undefined` if the text is cut too early to tell. */
function closesValue(raw: string, at: number): boolean | undefined {
  CLOSED.lastIndex = at;
  const next = CLOSED.exec(raw)?.[1];
  if (next !== undefined) return next !== ':';
  CLOSING.lastIndex = at;
  return CLOSING.test(raw) ? undefined : false;
}

function escaped(value: string, depth: number): string {
  let text = value;
  for (let level = 0; level < depth; level += 1) text = JSON.stringify(text).slice(1, -1);
  return binaryText(text);
}
