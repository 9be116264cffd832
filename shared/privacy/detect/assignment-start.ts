// Tells by a few characters that nothing is assigned to a name, which is true for most names in code and prose.

import {
  AMPERSAND,
  ASCII_MAX,
  ASTERISK,
  BACKSLASH,
  BACKTICK,
  CLOSE,
  CLOSE_BRACKET,
  codeAt,
  COLON,
  COMMA,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  EXCLAMATION,
  GREATER,
  isBlank,
  isLetter,
  isWord,
  LESS,
  MINUS,
  OPEN,
  OPEN_BRACE,
  OPEN_BRACKET,
  PIPE,
  PLUS,
  QUESTION,
  SINGLE_QUOTE,
  SLASH,
  SPACE,
  TAB,
  UNDERSCORE,
} from './characters.ts';

const BACKSLASHES_MAX = 3;
const GAP_MAX = 64;
const WORD_LENGTH_MAX = 41;
const REMARK_LENGTH_MAX = 24;
const WHITESPACE_MAX = 32;
/** The first letters of functions that fill a field, or compare. */
const FILLS = 'tfsSviep';
const COMPARES = '=.eEc';
const QUOTE_PREFIXES = 'bfruLNU@$';

/** Whether a value may be assigned to the name at `[start, end)`: false only where there is none. */
export function mayBeAssigned(text: string, start: number, end: number): boolean {
  const code = codeAt(text, end);
  if (code > ASCII_MAX || isLetter(code)) return true;
  if (code === SPACE || code === TAB) return mayFollowBlank(text, start, end);
  if (!isQuote(code) && code !== BACKSLASH) return mayBeOperator(text, end);
  let at = end;
  while (at - end < BACKSLASHES_MAX && codeAt(text, at) === BACKSLASH) at++;
  if (isQuote(codeAt(text, at))) at++;
  const next = codeAt(text, at);
  if (next > ASCII_MAX || isNameEnd(next) || mayBeField(text, start, end)) return true;
  if (mayBeOperator(text, afterBlanks(text, at)) || mayBeType(text, afterBlanks(text, at)))
    return true;
  return code === BACKSLASH && mayBeQuoted(text, at);
}

function mayFollowBlank(text: string, start: number, end: number): boolean {
  const first = codeAt(text, start);
  // An element with attributes, an option, or the name after `setx`.
  if (codeAt(text, start - 1) === LESS || first === MINUS || mayFollowDirective(text, start))
    return true;
  const at = afterBlanks(text, end);
  return mayBeOperator(text, at) || mayBeType(text, at) || mayBeQuoted(text, at);
}

/** The body of a form field follows an empty line. */
function mayBeField(text: string, start: number, end: number): boolean {
  if (codeAt(text, start - 1) !== DOUBLE_QUOTE || codeAt(text, end) !== DOUBLE_QUOTE) return false;
  const next = codeAt(text, end + 1);
  return next === BACKSLASH || isBlank(next);
}

/** What may end a name after its quote: a lookup, bold type, leaders, a remark. */
function isNameEnd(code: number): boolean {
  return (
    code === OPEN_BRACKET ||
    code === CLOSE_BRACKET ||
    code === ASTERISK ||
    code === UNDERSCORE ||
    code === DOT ||
    code === OPEN
  );
}

function mayBeOperator(text: string, at: number): boolean {
  const next = codeAt(text, at + 1);
  switch (codeAt(text, at)) {
    case EQUALS:
    case COLON:
    case LESS:
    case GREATER:
    case ASTERISK:
    case UNDERSCORE:
    case OPEN_BRACKET:
    case CLOSE_BRACKET:
    case OPEN_BRACE:
      return true;
    case PLUS:
    case EXCLAMATION:
      return next === EQUALS;
    case PIPE:
      return next === PIPE;
    case QUESTION:
      return next === EQUALS || next === COLON || next === QUESTION;
    case AMPERSAND:
      return text.startsWith('&gt;', at);
    case DOT:
      return COMPARES.includes(text.charAt(at + 1));
    case COMMA:
      return mayBeArgument(text, at + 1);
    case OPEN:
      return mayBeCall(text, at + 1);
    case CLOSE:
      return mayGoOn(text, at + 1);
    case LETTER_I:
      return next === LETTER_S;
    default:
      return codeAt(text, at) > ASCII_MAX;
  }
}

const LETTER_I = 105;
const LETTER_S = 115;

/** A quote, or the default of an option after other arguments. */
function mayBeArgument(text: string, from: number): boolean {
  const at = afterWhitespace(text, from, 8);
  const code = codeAt(text, at);
  if (code > ASCII_MAX || isQuote(code)) return true;
  if (!isWord(code)) return false;
  return text.startsWith('default', at) || codeAt(text, wordEnd(text, at)) === EQUALS;
}

/** A quote, or a remark before a colon. */
function mayBeCall(text: string, from: number): boolean {
  const first = codeAt(text, afterWhitespace(text, from, 4));
  if (first > ASCII_MAX || isQuote(first)) return true;
  let at = from;
  while (at - from < REMARK_LENGTH_MAX && isRemark(codeAt(text, at))) at++;
  if (codeAt(text, at) !== CLOSE) return false;
  const code = codeAt(text, afterBlanks(text, at + 1));
  return code === COLON || code > ASCII_MAX;
}

function isRemark(code: number): boolean {
  return isWord(code) || code === SPACE || code === DOT || code === SLASH || code === MINUS;
}

/** `) || "x"`, `).fill("x")`. */
function mayGoOn(text: string, from: number): boolean {
  const at = afterWhitespace(text, from, 4);
  const code = codeAt(text, at);
  if (code > ASCII_MAX || code === PIPE || code === QUESTION) return true;
  if (code === DOT) return FILLS.includes(text.charAt(at + 1));
  return text.startsWith('or', at);
}

/** A type before an equals sign: `string = "x"`, `As String = "x"`. */
function mayBeType(text: string, from: number): boolean {
  const first = codeAt(text, from);
  if (first > ASCII_MAX) return true;
  if (!isLetter(first) && !isTypeSign(first)) return false;
  let at = wordEnd(text, from);
  if (at - from === 2 && text.startsWith('As', from)) at = wordEnd(text, afterBlanks(text, at));
  return codeAt(text, afterBlanks(text, at)) === EQUALS;
}

function isTypeSign(code: number): boolean {
  return (
    code === UNDERSCORE ||
    code === ASTERISK ||
    code === OPEN_BRACKET ||
    code === CLOSE_BRACKET ||
    code === DOT
  );
}

/** A value in quotes without any sign: `#define PASSWORD "x"`. */
function mayBeQuoted(text: string, from: number): boolean {
  let at = afterWhitespace(text, from, WHITESPACE_MAX);
  if (codeAt(text, at) > ASCII_MAX) return true;
  if (QUOTE_PREFIXES.includes(text.charAt(at))) at++;
  const limit = at + BACKSLASHES_MAX;
  while (at < limit && codeAt(text, at) === BACKSLASH) at++;
  return isQuote(codeAt(text, at));
}

function wordEnd(text: string, from: number): number {
  let at = from;
  while (at - from < WORD_LENGTH_MAX && (isWord(codeAt(text, at)) || isTypeSign(codeAt(text, at))))
    at++;
  return at;
}

export function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at - from < GAP_MAX && isSpaceOrTab(codeAt(text, at))) at++;
  return at;
}

function isSpaceOrTab(code: number): boolean {
  return code === SPACE || code === TAB;
}

function afterWhitespace(text: string, from: number, max: number): number {
  let at = from;
  while (at - from < max && isBlank(codeAt(text, at))) at++;
  return at;
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK;
}

/** Whether the last letter of a directive or the sign of an option is before the name; cheap. */
export function mayFollowDirective(text: string, start: number): boolean {
  if (codeAt(text, start - 1) !== SPACE) return false;
  return (
    'VGXxv'.includes(text[start - 2] ?? ' ') ||
    codeAt(text, start - 3) === MINUS ||
    codeAt(text, start - 4) === MINUS
  );
}

/** Returns where the name ends with what belongs to it, if only blanks do: true for most names. */
export function plainNameEnd(text: string, end: number): number | undefined {
  const code = codeAt(text, end);
  if (isQuote(code) || code === BACKSLASH || isNameEnd(code)) return undefined;
  const at = afterBlanks(text, end);
  return codeAt(text, at) === OPEN ? undefined : at;
}

/** Returns the end of a colon or an equals sign, if it is the whole operator. */
export function plainOperatorEnd(text: string, at: number): number | undefined {
  const code = codeAt(text, at);
  if (code !== COLON && code !== EQUALS) return undefined;
  const next = codeAt(text, at + 1);
  const isLonger =
    next === EQUALS || next === COLON || next === ASTERISK || (code === EQUALS && next === GREATER);
  return isLonger ? undefined : at + 1;
}

const TYPE_LENGTH_MAX = 46;
const LONGEST_WORD = 128;

/** Whether a word without quotes, calls, types and defaults is at `from`, so that it is the value. */
export function isPlainValue(text: string, from: number): boolean {
  if (!isLetter(codeAt(text, from))) return false;
  let at = from + 1;
  while (isWord(codeAt(text, at)) || codeAt(text, at) === DOT)
    if (++at - from > LONGEST_WORD) return false;
  const next = codeAt(text, at);
  if (
    next > ASCII_MAX ||
    next === DOLLAR ||
    next === COLON ||
    next === OPEN ||
    next === OPEN_BRACKET
  )
    return false;
  if (next === PIPE || next === QUESTION || isQuote(next)) return false;
  const after = codeAt(text, afterBlanks(text, at));
  if (after === PIPE || after === QUESTION || text.startsWith('or', afterBlanks(text, at)))
    return false;
  while (at - from < TYPE_LENGTH_MAX && TYPE_CODES[codeAt(text, at)] === 1) at++;
  return codeAt(text, at) !== EQUALS;
}

/** In a type before an equals sign; those outside ASCII are none. */
const TYPE_CODES = new Uint8Array(0x10000);
for (let code = 0; code <= ASCII_MAX; code++)
  if (/[\w$.<>[\]|&*'? ]/.test(String.fromCharCode(code))) TYPE_CODES[code] = 1;
