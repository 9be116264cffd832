// Places of a value that are no operator: the next cell or element of HTML, the body of a form field, and the
// block below a name in YAML.

import { codeAt, EQUALS, isBlank, isDigit, isLetter, isWord, SPACE, TAB } from './characters.ts';

/** `Password</td><td>`, `Password:</b> <code>`, `password</string><string>`, `<b>` after a colon. */
const NEXT_ELEMENT =
  /[*_]{0,2}[:：]?\s{0,2}(?:<\/(?:td|th|dt|b|strong|label|span|p|em|string|name|key)>[:：]?\s{0,40}<(?:td|dd|span|code|b|p|em|string|value|kbd|tt)\b[^<>]{0,120}>|(?<=[:：]\s{0,2})<(?:b|strong|code|em|i|span|kbd|tt)\b[^<>]{0,80}>)(?:<(?:code|b|strong|span|kbd|tt)\b[^<>]{0,80}>)?/y;
const ESCAPED_ELEMENT = /&gt;/y;
const ESCAPED_TEXT = /[^<>\s&]{1,512}(?=&lt;\/)/y;

/** `name="password"`, an empty line, and the value. */
const FORM_FIELD = /"(?:\r?\n|\\r\\n|\\n){2}/y;
const FORM_NAME = /form-data; name="$/i;

/** A type, an anchor, a block or a line break after the colon: `password: !!str x`, `password: |`. */
const YAML_LEAD =
  /[ \t]{0,4}(?:(?:!!(?:str|binary)|&[\w-]{1,40})[ \t]{1,4})?(?:[|>][-+\d]{0,2})?(?:[ \t]{0,4}(?:\r?\n|\\n)[ \t]{2,40}(?:value:[ \t]{1,4})?)?/y;

const TYPE_LENGTH_MAX = 41;
const BLANKS_MAX = 4;

/** Whether a name may end at `end`: no letter follows, or what may be its type (`passwordstring = "x"`). */
export function mayEndName(text: string, end: number): boolean {
  const first = codeAt(text, end);
  if (isDigit(first)) return false;
  if (!isLetter(first)) return true;
  let at = end + 1;
  while (at - end < TYPE_LENGTH_MAX && isWord(codeAt(text, at))) at++;
  const next = codeAt(text, at);
  if (next !== SPACE && next !== TAB) return TYPE_SIGNS.includes(text[at] ?? ' ');
  const wordEnd = at;
  while (at - wordEnd < BLANKS_MAX && isBlank(codeAt(text, at))) at++;
  return codeAt(text, at) === EQUALS || text.startsWith('As', end);
}

const TYPE_SIGNS = '.*[]';

/** Returns where the text of the element after a name begins. */
export function nextElementStart(text: string, nameEnd: number): number | undefined {
  const char = text[nameEnd];
  return char === '<' || char === ':' || char === '：' || char === '*'
    ? after(NEXT_ELEMENT, text, nameEnd)
    : undefined;
}

/** Returns the text of an element whose markup is escaped: `&lt;password&gt;x&lt;/password&gt;`. */
export function escapedElementText(text: string, nameEnd: number) {
  const start = text[nameEnd] === '&' ? after(ESCAPED_ELEMENT, text, nameEnd) : undefined;
  const end = start === undefined ? undefined : after(ESCAPED_TEXT, text, start);
  return start === undefined || end === undefined ? undefined : { start, end };
}

/** Returns where the value of the field of a form begins. */
export function formFieldStart(text: string, start: number, end: number): number | undefined {
  if (text[end] !== '"' || text[start - 1] !== '"') return undefined;
  const valueStart = after(FORM_FIELD, text, end);
  return valueStart !== undefined && FORM_NAME.test(text.slice(Math.max(0, start - 20), start))
    ? valueStart
    : undefined;
}

/** Returns where the value after the colon of a YAML key begins. */
export function yamlValueStart(text: string, colonEnd: number): number {
  return after(YAML_LEAD, text, colonEnd) ?? colonEnd;
}

function after(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
