// Cookies of any name that hold something random: in `Cookie` and `Set-Cookie` headers, `document.cookie`,
// and tables named for cookies. Preferences such as `theme=dark` stay.

import {
  BACKSLASH,
  codeAt,
  COLON,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  GREATER,
  isBlank,
  isWord,
  MINUS,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from '../characters.ts';
import type { Detector } from '../detector.ts';
import { looksRandom } from '../entropy.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';

const RUN_LENGTH_MIN = 6;
const RUN_LENGTH_MAX = 400;
const VALUE_LENGTH_MIN = 16;
const VALUE_LENGTH_MAX = 4_096;
/** Characters back to the name of the header; a line of many cookies may be long. */
const HEADER_REACH = 2_048;

const NAME_LENGTH_MAX = 80;
/** The header, or a variable, before the first cookie. */
const HEADER = /cookies?(?:jar|string|header|s)?\\?["'\])]{0,2}\s{0,3}[:=,]/i;
const ATTRIBUTES = new Set([
  'expires',
  'path',
  'domain',
  'samesite',
  'max-age',
  'version',
  'priority',
]);

export const httpCookie: Detector = {
  entity: 'HTTP_COOKIE',
  label: 'SECRET',
  secret: true,
  tier: 'A',
  isSure: true,
  triggers: [{ kind: 'run', lengthMin: RUN_LENGTH_MIN, lengthMax: RUN_LENGTH_MAX }],
  find(text, runStart, runEnd, scan) {
    const start = valueStart(text, runStart);
    if (start === undefined) return undefined;
    let end = runEnd;
    while (end - runStart < VALUE_LENGTH_MAX && isValueCode(codeAt(text, end))) end++;
    // Base64 may end with padding.
    while (text[end] === '=' && end - runStart < VALUE_LENGTH_MAX) end++;
    if (end - start < VALUE_LENGTH_MIN) return undefined;
    if (text[start - 1] === '\t' ? !isInFile(text, start) : !isNamed(text, start, scan))
      return undefined;
    const value = text.slice(start, end);
    return looksRandom(value) && !isTemplate(value) && !isPlaceholderSecret(value)
      ? { start, end }
      : undefined;
  },
};

/** Returns the start of the value, right behind a sign of assignment or a quote. */
function valueStart(text: string, runStart: number): number | undefined {
  const limit = Math.max(0, runStart - VALUE_LENGTH_MIN * 4);
  let start = runStart;
  while (start > limit && isValueCode(codeAt(text, start - 1))) start--;
  if (start === 0) return undefined;
  const before = codeAt(text, start - 1);
  if (before === EQUALS || before === SPACE || before === TAB) return start;
  return isQuote(before) ? start : undefined;
}

function isNamed(text: string, start: number, scan?: object): boolean {
  const end = nameEnd(text, start);
  if (end === undefined) return false;
  const limit = Math.max(0, end - NAME_LENGTH_MAX);
  let nameStart = end;
  while (nameStart > limit && isNameCode(codeAt(text, nameStart - 1))) nameStart--;
  if (nameStart === end) return false;
  const word = /^[\w-]*/.exec(text.slice(nameStart, end))?.[0] ?? '';
  if (ATTRIBUTES.has(word.toLowerCase())) return false;
  return isCookie(text, nameStart, scan) || isExported(text, nameStart);
}

/** Returns where the name before a value ends, if a sign of assignment is between them: `a=`, `"a": "`, `'a' => '`. */
function nameEnd(text: string, start: number): number | undefined {
  let at = beforeBlanks(text, beforeQuote(text, start));
  const sign = codeAt(text, at - 1);
  at -= 1;
  if (sign === GREATER) {
    if (codeAt(text, at - 1) !== EQUALS) return undefined;
    at -= 1;
  } else if (sign !== EQUALS && sign !== COLON) return undefined;
  return beforeQuote(text, beforeBlanks(text, at));
}

function beforeQuote(text: string, end: number): number {
  if (!isQuote(codeAt(text, end - 1))) return end;
  return codeAt(text, end - 2) === BACKSLASH ? end - 2 : end - 1;
}

function beforeBlanks(text: string, end: number): number {
  let at = end;
  while (end - at < 2 && isSpace(codeAt(text, at - 1))) at--;
  return at;
}

function isSpace(code: number): boolean {
  return isBlank(code) || (code > 0x7f && /\s/.test(String.fromCharCode(code)));
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
}

function isNameCode(code: number): boolean {
  return (
    isWord(code) || code === DOT || code === MINUS || code === 36 || code === 91 || code === 93
  );
}

function isInFile(text: string, start: number): boolean {
  return FILE_LINE.test(text.slice(Math.max(0, start - EXPORT_REACH), start));
}

/** Whether the line names cookies before `start`, and nothing but cookies follows. */
function isCookie(text: string, start: number, scan?: object): boolean {
  const from = Math.max(0, start - HEADER_REACH);
  if (scan && lastSign(text, start, scan) < from) return false;
  const before = text.slice(from, start);
  const last = before.slice(before.lastIndexOf('\n') + 1);
  const line = last.slice(last.lastIndexOf('\\n') + 1);
  const header = HEADER.exec(line);
  if (!header) return OPTION.test(line);
  return !/[<>]/.test(line.slice(header.index));
}

/** What a scan knows of the signs of cookies in a part of a text. */
interface Search {
  /** The part that was searched. */
  since: number;
  to: number;
  /** The last sign passed, and the next one if the search has met it. */
  last: number;
  next: number;
}
const searches = new WeakMap<object, Search>();
/** What begins `HEADER` or `OPTION`. */
const SIGN = /cookie|-b/gi;
const SIGN_LENGTH_MAX = 'cookie'.length;
/** Characters searched at once: less than a millisecond. */
const SEARCH_CHARS = 16_384;

/** Where a sign of cookies last begins before `end`, or later; each part of a text is searched once in a scan. */
function lastSign(text: string, end: number, scan: object): number {
  let search = searches.get(scan);
  if (!search) searches.set(scan, (search = { since: 0, to: 0, last: -1, next: -1 }));
  const reach = Math.max(0, end - HEADER_REACH);
  if (reach > search.to) search.since = search.to = reach;
  if (reach < search.since) return end;
  while (search.next < end && (search.next >= 0 || search.to < end)) {
    if (search.next >= 0) search.last = search.next;
    search.next = nextSign(text, search, end);
  }
  return search.last;
}

/** Searches for the next sign; goes on to `end`, and some characters beyond. */
function nextSign(text: string, search: Search, end: number): number {
  const from = Math.max(search.last + 1, search.to - SIGN_LENGTH_MAX);
  const to = Math.max(end, from + SEARCH_CHARS);
  SIGN.lastIndex = 0;
  const index = SIGN.exec(text.slice(from, to))?.index;
  search.to = index === undefined ? to : from + index;
  return index === undefined ? -1 : from + index;
}

/** A line of a cookie file, and a cookie as browsers export it. */
const FILE_LINE =
  /(?:^|\n|\\n)(?:#HttpOnly_)?[\w.-]{3,80}\t(?:TRUE|FALSE)\t\S{1,80}\t(?:TRUE|FALSE)\t\d{1,12}\t\S{1,80}\t$/;
const EXPORTED = /"(?:httpOnly|hostOnly|sameSite|expirationDate)"/;
const EXPORT_REACH = 240;

function isExported(text: string, start: number): boolean {
  if (!text.startsWith('value"', start)) return false;
  const before = text.slice(Math.max(0, start - EXPORT_REACH), start);
  const after = text.slice(start, start + EXPORT_REACH);
  return (
    EXPORTED.test(before.slice(before.lastIndexOf('{'))) ||
    EXPORTED.test(after.split('}', 1)[0] ?? '')
  );
}

/** `curl -b 'a=1` and `--cookie a=1`. */
const OPTION = /(?:^|\s)(?:-b|--cookie)[ =]["']?[^"'\n]{0,1000}$/;

function isValueCode(code: number): boolean {
  return isWord(code) || code === 37 || (code >= 45 && code <= 47) || code === 43 || code === 126;
}
