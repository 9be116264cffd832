// Reads the signs between a label and its value without an expression, where they are the usual ones.

import {
  ASCII_MAX,
  ASTERISK,
  BACKSLASH,
  BACKTICK,
  CLOSE_BRACKET,
  codeAt,
  COLON,
  COMMA,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  GREATER,
  isBlank,
  NEWLINE,
  OPEN,
  PIPE,
  QUESTION,
  RETURN,
  SINGLE_QUOTE,
  SPACE,
  TAB,
  UNDERSCORE,
} from '../characters.ts';

const GAP_MAX = 20;
const VALUE_GAP_MAX = 40;
const LINE_GAP_MAX = 8;

/** Whether the end of a label may have a quote, bold type or a remark. */
export function mayEndLabel(text: string, end: number): boolean {
  const code = codeAt(text, end);
  if (code === SPACE || code === TAB) return codeAt(text, end + 1) === OPEN;
  return isQuote(code) || code === BACKSLASH || code === ASTERISK || code === OPEN;
}

/** Returns where the operator after a label ends, and the blanks behind it: -1 without one, 0 if an expression must tell. */
export function operatorEnd(text: string, labelEnd: number): number {
  const at = afterGap(text, labelEnd, GAP_MAX);
  const code = codeAt(text, at);
  const next = codeAt(text, at + 1);
  if (code === COLON || code === EQUALS) {
    if (next !== COLON && next !== EQUALS && next !== GREATER && next !== ASTERISK) {
      const from = afterGap(text, at + 1, VALUE_GAP_MAX);
      const first = codeAt(text, from);
      return first === UNDERSCORE || first === DOT || first > ASCII_MAX ? 0 : from;
    }
    if (next === code) return hasTab(text, labelEnd, at) ? 0 : -1;
    return 0;
  }
  return mayBeOther(text, at, code, next) || hasTab(text, labelEnd, at) ? 0 : -1;
}

function mayBeOther(text: string, at: number, code: number, next: number): boolean {
  switch (code) {
    case ASTERISK:
    case QUESTION:
    case PIPE:
    case GREATER:
      return true;
    case CLOSE_BRACKET:
      return next === SPACE || next === TAB;
    case DOT:
    case UNDERSCORE:
      return next === code || next > ASCII_MAX;
    case COMMA:
      return mayBePair(text, at + 1);
    case NEWLINE:
    case RETURN:
      return mayBeValueLine(text, code === RETURN ? at + 2 : at + 1);
    default:
      return code > ASCII_MAX;
  }
}

/** `, "value": …`. */
function mayBePair(text: string, from: number): boolean {
  let at = from;
  while (at - from < GAP_MAX && isBlank(codeAt(text, at))) at++;
  const code = codeAt(text, at);
  return code === BACKSLASH || isQuote(code) || code > ASCII_MAX;
}

/** `Value:` on the next line. */
function mayBeValueLine(text: string, from: number): boolean {
  return 'Vv'.includes(text[afterGap(text, from, LINE_GAP_MAX)] ?? ' ');
}

function afterGap(text: string, from: number, max: number): number {
  let at = from;
  while (at - from < max && (codeAt(text, at) === SPACE || codeAt(text, at) === TAB)) at++;
  return at;
}

function hasTab(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (codeAt(text, at) === TAB) return true;
  return false;
}

const BEFORE_QUOTE_MAX = 18;

/** Whether a question mark may be before the quoted text at `start`; cheap. */
export function mayBeBranch(text: string, start: number): boolean {
  let at = start - 1;
  const limit = start - BEFORE_QUOTE_MAX;
  if (codeAt(text, at - 1) === BACKSLASH) at--;
  while (at > limit && isBlank(codeAt(text, at - 1))) at--;
  const code = codeAt(text, at - 1);
  return code === QUESTION || code > ASCII_MAX;
}

function isQuote(code: number): boolean {
  return code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK;
}
