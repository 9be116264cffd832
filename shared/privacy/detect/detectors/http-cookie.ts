// Cookies of any name that hold something random: in `Cookie` and `Set-Cookie` headers, `document.cookie`,
// and tables named for cookies. Preferences such as `theme=dark` stay.

import { isWord } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { looksRandom } from '../entropy.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';

const RUN_LENGTH_MIN = 6;
const RUN_LENGTH_MAX = 400;
const VALUE_LENGTH_MIN = 16;
const VALUE_LENGTH_MAX = 4_096;
/** Characters back to the name of the header; a line of many cookies may be long. */
const HEADER_REACH = 2_048;

/** The end of a name and the sign before a value: `a=`, `"a": "`, `'a' => '`. */
const NAME = /[\w.$[\]-]{1,80}(?:\\?["'])?\s{0,2}(?:=|:|=>)\s{0,2}(?:\\?["'])?$/;
const NAME_REACH = 96;
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
  find(text, runStart, runEnd) {
    const start = valueStart(text, runStart);
    if (start === undefined) return undefined;
    let end = runEnd;
    while (end - runStart < VALUE_LENGTH_MAX && isValueCode(text.charCodeAt(end))) end++;
    // Base64 may end with padding.
    while (text[end] === '=' && end - runStart < VALUE_LENGTH_MAX) end++;
    if (end - start < VALUE_LENGTH_MIN) return undefined;
    if (text[start - 1] === '\t' ? !isInFile(text, start) : !isNamed(text, start)) return undefined;
    const value = text.slice(start, end);
    return looksRandom(value) && !isTemplate(value) && !isPlaceholderSecret(value)
      ? { start, end }
      : undefined;
  },
};

/** Returns the start of the value, right behind a sign of assignment or a quote. */
function valueStart(text: string, runStart: number): number | undefined {
  let start = runStart;
  while (runStart - start < VALUE_LENGTH_MIN * 4 && isValueCode(text.charCodeAt(start - 1)))
    start--;
  const before = text[start - 1] ?? '';
  return before === '=' || before === '"' || before === "'" || before === ' ' || before === '\t'
    ? start
    : undefined;
}

function isNamed(text: string, start: number): boolean {
  if (!isAssigned(text, start)) return false;
  const name = NAME.exec(text.slice(Math.max(0, start - NAME_REACH), start))?.[0];
  if (name === undefined || ATTRIBUTES.has(/^[\w-]*/.exec(name)?.[0].toLowerCase() ?? '')) {
    return false;
  }
  return isCookie(text, start - name.length) || isExported(text, start - name.length);
}

/** Whether a sign of assignment stands before the value; cheaper than to search for a name. */
function isAssigned(text: string, start: number): boolean {
  let at = start;
  if (text[at - 1] === '"' || text[at - 1] === "'") at--;
  if (at < start && text[at - 1] === '\\') at--;
  for (let gap = 0; gap < 2 && /\s/.test(text[at - 1] ?? ''); gap++) at--;
  const sign = text[at - 1];
  return sign === '=' || sign === ':' || sign === '>';
}

function isInFile(text: string, start: number): boolean {
  return FILE_LINE.test(text.slice(Math.max(0, start - EXPORT_REACH), start));
}

/** Whether the line names cookies before `start`, and nothing but cookies follows. */
function isCookie(text: string, start: number): boolean {
  const from = Math.max(0, start - HEADER_REACH);
  const before = text.slice(from, start);
  const line = before.slice(Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\\n')) + 1);
  const header = HEADER.exec(line);
  if (!header) return OPTION.test(line);
  return !/[<>]/.test(line.slice(header.index));
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
