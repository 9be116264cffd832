// Decodes the escapes of JSON string text and maps each char back to its raw position. A model may escape
// any char of a placeholder, and a stream may be cut inside an escape.

import { finished } from '../../../shared/runtime/finished.ts';

export interface DecodedText {
  readonly text: string;
  /** The raw position of char `index`; for `text.length`, the end of the decoded raw text. */
  readonly at: (index: number) => number;
}

/** The escape of a char that a placeholder may be spelled with: ASCII, full-width or invisible. */
export const ESCAPED_CHAR = /\\u(?:0[036]|18|20[026]|f[ef])/i;
/** Without a match, no char of a placeholder is escaped and no escape is cut. */
const ESCAPED_PLACEHOLDER = new RegExp(
  `${ESCAPED_CHAR.source}|\\\\[-_%&\\xef]|\\\\(?:u[\\da-f]{0,3})?$`,
  'i',
);

/**
 * Matches escapes (RFC 8259, section 7), also invalid ones, which decode to one char. Does not match a cut
 * escape.
 */
const ESCAPE = /\\(?:u([\da-f]{4})|u(?![\da-f]{0,3}$)|([^u]))/iy;
const CHAR_BY_LETTER: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  // Markdown's escape, which is none of JSON.
  _: '_',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const REPLACEMENT_CHAR = '\ufffd';
/** Characters that are decoded between two steps: less than two milliseconds. */
const STEP_CHARS = 16_384;

/**
 * Decodes `raw`, nested in `depth` JSON strings (2 for JSON inside a string), without an unfinished escape
 * at the end. Returns `raw` itself if no escape can hide a placeholder.
 */
export function decodeJsonText(raw: string, depth: number): DecodedText {
  return finished(decodeSteps(raw, depth));
}

/** Like `decodeJsonText`, in short steps. */
export function* decodeSteps(raw: string, depth: number): Generator<void, DecodedText> {
  let decoded: DecodedText = { text: raw, at: (index) => index };
  if (!ESCAPED_PLACEHOLDER.test(raw)) return decoded;
  yield;
  for (let level = 0; level < depth; level += 1) {
    const { at } = decoded;
    const { text, starts } = yield* unescaped(decoded.text);
    decoded = { text, at: (index) => at(starts[index] ?? 0) };
  }
  return decoded;
}

/** `starts` has one entry more than `text` has chars. */
function* unescaped(raw: string): Generator<void, { text: string; starts: readonly number[] }> {
  const starts: number[] = [];
  let text = '';
  let at = 0;
  for (;;) {
    starts.push(at);
    if (starts.length % STEP_CHARS === 0) yield;
    if (at === raw.length) return { text, starts };
    if (raw[at] !== '\\') {
      text += raw[at];
      at += 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    const escape = ESCAPE.exec(raw);
    if (!escape) return { text, starts };
    const [{ length }, code, letter = ''] = escape;
    text += code
      ? String.fromCharCode(Number.parseInt(code, 16))
      : (CHAR_BY_LETTER[letter] ?? REPLACEMENT_CHAR);
    at += length;
  }
}
