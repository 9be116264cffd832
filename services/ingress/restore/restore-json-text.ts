// Restores placeholders inside raw JSON string text, which is binary text.

import { binaryText } from '../../../shared/json/binary-text.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { decodeSteps } from './decode-json-text.ts';
import type { IssuedPlaceholders } from './issued-placeholders.ts';
import { UrlPlaces } from './url-places.ts';
import type { UrlText } from './url-text.ts';

export interface RestoredText {
  readonly done: string;
  /** The end of the text if it may be the start of a placeholder or an escape. */
  readonly held: string;
  /** Placeholders that stay because they stand in a URL. */
  readonly kept: number;
}

/** In JSON inside a string: a closing quote and the next character, which tells keys from values. */
const CLOSED = /\\"(?: |\\[nrt])*([^ \\])/y;
/** The start of such an ending, at the end of a cut text. */
const CLOSING = /(?:\\(?:"(?: |\\[nrt])*\\?)?)?$/y;
const QUOTE_LENGTH = 2;
/** Placeholders that are restored between two steps: less than a millisecond. */
const STEP_PLACEHOLDERS = 512;

export interface RestoreOptions {
  /** Placeholders that stood for numbers. */
  readonly numbers?: ReadonlySet<string> | undefined;
  /** The text so far, if values are not restored in every URL. */
  readonly urls?: UrlText | undefined;
  /** Whether no more text follows. */
  readonly isEnd?: boolean;
}

/**
 * Restores text nested in `depth` JSON strings; values are escaped to the same depth. In JSON inside a
 * string (depth 2), a complete string value that is one of `numbers` becomes a number.
 */
export function restoreJsonText(
  raw: string,
  depth: number,
  issued: IssuedPlaceholders,
  options?: RestoreOptions,
): RestoredText {
  return finished(restoreSteps(raw, depth, issued, options));
}

/** A placeholder with the text that its value replaces. */
interface Restorable {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Like `restoreJsonText`, in short steps. */
export function* restoreSteps(
  raw: string,
  depth: number,
  issued: IssuedPlaceholders,
  { numbers = NO_NUMBERS, urls, isEnd = false }: RestoreOptions = {},
): Generator<void, RestoredText> {
  const { text, at } = yield* decodeSteps(raw, depth);
  yield;
  const hasNumbers = depth === 2 && numbers.size > 0;
  const { found, heldFrom } = yield* issued.findSteps(text, isEnd);
  let end = at(heldFrom);
  if (hasNumbers && opensString(raw, end)) end -= QUOTE_LENGTH;
  const places = urls && new UrlPlaces(urls);
  const all: Restorable[] = [];
  for (const { placeholder, value, ...span } of found) {
    if (all.length % STEP_PLACEHOLDERS === STEP_PLACEHOLDERS - 1) yield;
    const start = at(span.start);
    const placeholderEnd = at(span.end);
    const isNumber =
      hasNumbers && numbers.has(placeholder) && opensString(raw, start)
        ? closesValue(raw, placeholderEnd)
        : false;
    if (isNumber === undefined) {
      end = start - QUOTE_LENGTH;
      break;
    }
    const around = isNumber ? QUOTE_LENGTH : 0;
    if (places) yield* places.add(raw, { placeholder, value, start, end: placeholderEnd });
    all.push({ value, start: start - around, end: placeholderEnd + around });
  }
  if (isEnd) end = raw.length;
  if (places) end = yield* places.finish(raw, end, isEnd);
  const held = raw.slice(end);
  const parts: string[] = [];
  let done: string[] = [];
  let from = 0;
  let kept = 0;
  for (const [index, { value, ...span }] of all.entries()) {
    if (span.start >= end) break;
    if (places && !places.mayRestore(index)) {
      kept += 1;
      continue;
    }
    done.push(raw.slice(from, span.start), escaped(value, depth));
    from = span.end;
    if (done.length < 2 * STEP_PLACEHOLDERS) continue;
    parts.push(done.join(''));
    done = [];
    yield;
  }
  if (from === 0) return { done: raw.slice(0, end), held, kept };
  parts.push(...done, raw.slice(from, end));
  return { done: parts.join(''), held, kept };
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
