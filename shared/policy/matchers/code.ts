// Finds program code by language: a fence or shebang that names it, or several distinctive lines
// near each other. Works line by line.

import * as z from 'zod';
import type { Range } from '../../privacy/detect/detector.ts';
import { CODE_LANGUAGES, LANGUAGES, languageOf, type Language } from '../code-languages.ts';
import type { TextMatcher } from '../matcher.ts';
import { firstCodes } from '../regex-evidence.ts';

/** Maximum distance of distinctive lines. */
const NEAR_CHARS = 500;
/** Only the beginning of longer lines is inspected. */
const LINE_LENGTH_MAX = 300;
/** Indentation that the language patterns allow. */
const INDENT_CHARS_MAX = 20;

const schema = z.strictObject({
  type: z.literal('code'),
  /** Any language by default. */
  languages: z
    .array(z.enum(LANGUAGES, { error: `must be some of ${LANGUAGES.join(', ')}` }))
    .min(1, { error: 'must not be empty; leave it out for all' })
    .exactOptional(),
});

export const codeMatcher = { schema, compile };

function compile(input: z.output<typeof schema>): TextMatcher {
  const find = finderOf(LANGUAGES.filter((one) => input.languages?.includes(one) ?? true));
  return {
    kind: 'text',
    before: NEAR_CHARS + LINE_LENGTH_MAX,
    after: NEAR_CHARS + LINE_LENGTH_MAX,
    find: (view) => view.derived(find),
  };
}

const finders = new Map<string, (text: string) => readonly Range[]>();

/** The same for all matchers of the languages. */
function finderOf(languages: readonly Language[]): (text: string) => readonly Range[] {
  const key = languages.join();
  const finder = finders.get(key) ?? newFinder(languages);
  finders.set(key, finder);
  return finder;
}

function newFinder(languages: readonly Language[]): (text: string) => readonly Range[] {
  const signatures = languages.map(signatureOf);
  const firsts = new Uint8Array(FOREIGN + 1);
  for (const char of MARKS) firsts[char.charCodeAt(0)] = 1;
  for (const own of signatures) for (const [code, is] of own.firsts.entries()) firsts[code] ||= is;
  return (text) => {
    const found: Range[] = [];
    const lastByLanguage = new Map<Language, Range>();
    for (const { start, end, first } of linesWith(firsts, text)) {
      const line = text.slice(start, end);
      const named = MARKS.includes(String.fromCharCode(first)) ? languageNamedIn(line) : undefined;
      if (named !== undefined && languages.includes(named)) found.push({ start, end });
      const beginning = unindented(line);
      for (const signature of signatures) {
        if (signature.firsts[first] !== 1 || !signature.lines.test(beginning)) continue;
        const last = lastByLanguage.get(signature.language);
        if (last && start - last.start <= NEAR_CHARS) found.push({ start: last.start, end });
        lastByLanguage.set(signature.language, { start, end });
      }
    }
    return found.toSorted((one, other) => one.start - other.start);
  };
}

interface Signature {
  readonly language: Language;
  readonly lines: RegExp;
  /** 1 for each code that the first character of a distinctive line may have. */
  readonly firsts: Uint8Array;
}

const signatures = new Map<Language, Signature>();

/** Computed on first use. */
function signatureOf(language: Language): Signature {
  const known = signatures.get(language);
  if (known) return known;
  const { lines } = CODE_LANGUAGES[language];
  const signature = { language, lines, firsts: firstsOf(lines) };
  signatures.set(language, signature);
  return signature;
}

function firstsOf(lines: RegExp): Uint8Array {
  const firsts = firstCodes(groupOf(lines), lines.ignoreCase);
  // Otherwise the indentation may be a part of what is distinctive.
  if (firsts[SPACE] === 1) firsts.fill(1);
  // It may be a space.
  firsts[FOREIGN] = 1;
  return firsts;
}

/** The group that follows the indentation in all patterns of lines, with unbounded runs, which compile faster. */
function groupOf({ source }: RegExp): string {
  const group = source.slice(source.indexOf('(?:') + 3, -1);
  return group.replaceAll(/(?<!\\)\{(\d+)(?:,\d+)?\}/g, (_, min) => (min === '0' ? '*' : '+'));
}

const FENCE = /^[ \t>]{0,8}(?:```|~~~)[`~]{0,8}[ \t]*(?:\{?\.?)([A-Za-z0-9+#_-]{1,20})/;
/** The last part of the interpreter's path. */
const INTERPRETER = /([A-Za-z]+)[\d.]*$/;

/** Returns the language that a fence or shebang names. */
function languageNamedIn(line: string): Language | undefined {
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) return languageOf(fence);
  if (!line.startsWith('#!')) return undefined;
  const words = line
    .slice(2)
    .trim()
    .split(/[ \t]+/);
  const program = words[0]?.endsWith('/env')
    ? words.find((word, at) => at > 0 && word !== '-S')
    : words[0];
  return languageOf(INTERPRETER.exec(program ?? '')?.[1] ?? '');
}

const SPACE = 0x20;
/** Stands for characters that are not ASCII. */
const FOREIGN = 0x80;
/** What a line with a fence or shebang may begin with. */
const MARKS = ['`', '~', '>', '#'];

interface Line extends Range {
  /** Code of its first character that is no space, at most `FOREIGN`. */
  readonly first: number;
}

/** Yields the beginnings of the lines that begin with certain codes, at most `FOREIGN`. */
function* linesWith(codes: Uint8Array, text: string): Generator<Line> {
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('\n', start);
    const lineEnd = next < 0 ? text.length : next;
    let at = start;
    while (at < lineEnd && isAsciiSpace(text.charCodeAt(at))) at += 1;
    const first = Math.min(text.charCodeAt(at), FOREIGN);
    if (at < lineEnd && codes[first] === 1) {
      // Excludes the CR of a CRLF line ending.
      const contentEnd = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
      yield { start, end: Math.min(contentEnd, start + LINE_LENGTH_MAX), first };
    }
    start = lineEnd + 1;
  }
}

function isAsciiSpace(code: number): boolean {
  return code === SPACE || (code >= 9 && code <= 13);
}

/**
 * Keeps two characters of indentation: the patterns match the same, with less backtracking. Deeper
 * indentation than INDENT_CHARS_MAX stays, because the patterns reject it.
 */
function unindented(line: string): string {
  const indent = line.search(/\S/);
  return indent > 2 && indent <= INDENT_CHARS_MAX ? line.slice(indent - 2) : line;
}
