// What a piece of JSON text means, with the place where each unit of the meaning is written. A token
// is ASCII, yet a model or a serialiser may escape any of its characters, and a stream may be cut
// inside an escape.

/** The inside of a JSON string, read. */
export interface Meaning {
  readonly text: string;
  /** Where in the written text unit `index` begins; for the last index + 1, where all of it ends. */
  readonly at: (index: number) => number;
}

/** Without one of these no character of a token is escaped and no escape is cut. */
const ESCAPED_TOKEN = /u00|\\\\(?:u0?)?$/;

/**
 * RFC 8259 section 7. What is no escape, or the start of one that no token can have, is read as one
 * unit. The start of one that a token may have (`\u0032` to `\u007a`) is not matched.
 */
const ESCAPE = /\\(?:u([\da-f]{4})|u(?!(?:0(?:0[2-7]?)?)?$)|([^u]))/iy;
const LETTERS: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const NO_CHARACTER = '\ufffd';

/**
 * Reads `written`, which stands inside `depth` JSON strings: 1 for a string's own text, 2 for JSON
 * that is itself the text of a string. An unfinished escape at the end that may be part of a token
 * is not part of the meaning. Where no token can be hidden in escapes they are not read.
 */
export function meaningOf(written: string, depth: number): Meaning {
  let meaning: Meaning = { text: written, at: (index) => index };
  if (!ESCAPED_TOKEN.test(written)) return meaning;
  for (let level = 0; level < depth; level += 1) {
    const { at } = meaning;
    const { text, starts } = unescaped(meaning.text);
    meaning = { text, at: (index) => at(starts[index] ?? 0) };
  }
  return meaning;
}

/** `starts` has one entry more than `text` has units. */
function unescaped(written: string): { text: string; starts: readonly number[] } {
  const starts: number[] = [];
  let text = '';
  let at = 0;
  for (;;) {
    starts.push(at);
    if (at === written.length) return { text, starts };
    if (written[at] !== '\\') {
      text += written[at];
      at += 1;
      continue;
    }
    ESCAPE.lastIndex = at;
    const escape = ESCAPE.exec(written);
    if (!escape) return { text, starts };
    const [{ length }, code, letter = ''] = escape;
    text += code
      ? String.fromCharCode(Number.parseInt(code, 16))
      : (LETTERS[letter] ?? NO_CHARACTER);
    at += length;
  }
}
