// Reads what follows a label in any notation: `Name: x`, `"name": "x"`, `name=x`, `<name>x</name>`,
// `| Name | x |`, `お客様名：x`. Looks forward from the label within a bounded window.

import type { Range } from '../detector.ts';
import { mayBeBranch, mayEndLabel, operatorEnd } from './field-operator.ts';
import {
  BACKSLASH,
  BACKTICK,
  codeAt,
  COLON,
  DOUBLE_QUOTE,
  isDigit,
  isEscape,
  isLetter,
  isLower,
  isUpper,
  isWord,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from '../characters.ts';

export interface Field {
  /** Where the value starts. */
  readonly start: number;
  /** The end of a quoted value. */
  readonly end: number | undefined;
  readonly operator: string;
  /** Whether the label is in quotes, or is a name of a program: `full_name`, `fullName`. */
  readonly isKey: boolean;
}

const VALUE_LENGTH_MAX = 200;

/** What follows a label in ASCII, in a field or in a sentence. */
export const AFTER_LABEL = /[\s\\"'`*(=:.,_?|>\]]/;

/** The label's end: a quote, bold type, a remark in brackets. */
const LABEL_END = /(?:\\{0,3}["'`]\]?|\*{1,2}|[ \t]?\([^()\n]{1,30}\))?/y;
/** Also the leaders and the line of a form: `Name ....... x`, `Name: ______x`, and the sign after a Japanese label. */
const OPERATOR =
  /[ \t\u00a0\u3000]{0,20}(?:\*{2})?(?<operator>=>|:=|=(?!=)|[.…·]{3,80}[ \t]{0,4}[:：]?|_{3,80}|,\s{0,20}\\{0,3}["'](?:value|answer|response|val|text)\\{0,3}["']\s{0,3}:|\r?\n[ \t]{0,8}[Vv]alue:|\?\s{0,3}\n?[ \t>*]{0,4}[A-Za-zÀ-ÿ]{1,12}:(?=[ \t])|[:：](?!:)|[|>\t]|(?<=\u3000)|(?=「)|[」』】］](?=[^\s、。])|\](?=[ \t]))\*{0,2}(?:[ \t\u00a0\u3000]{0,40}(?:_{2,80}[ \t]{0,4}|[.…]{3,80}[ \t]{0,4})?)/y;
const QUOTE = /(?:\[[ \t]{0,2})?[bfruLNU@$]?(?<escape>\\{0,3})(?<mark>["'`])|(?<mark2>[「“„«])/y;
const CLOSING: Readonly<Record<string, string>> = { '「': '」', '“': '”', '„': '“', '«': '»' };

/** All spellings of a label: `full name`, `fullname`, `full_name`, `full-name`. */
export function spellings(labels: string): string[] {
  return labels
    .split(',')
    .flatMap((label) =>
      label.includes(' ') && label.trim() === label
        ? [label, ...['', '_', '-'].map((joint) => label.replaceAll(' ', joint))]
        : [label],
    );
}

/** Whether a label may begin here: at a word, or at a part of an identifier (`patientFullName`). */
export function beginsLabel(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  if (isLower(before)) return isUpper(codeAt(text, start)) || isEscape(text, start - 1);
  return !isUpper(before) && !isOtherLetter(text, start - 1);
}

/** Whether a label begins here that is no part of an identifier, a path or an expression. */
export function beginsWord(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  if (isWord(before)) return isEscape(text, start - 1);
  return !'.-$@/\\#'.includes(text[start - 1] ?? ' ') && !isOtherLetter(text, start - 1);
}

/** Whether only blanks and marks of quotations or lists precede `start` in its line. */
export function beginsLine(text: string, start: number): boolean {
  return /(?:^|[\r\n]|\\[nr]|["'`])[ \t>|*#-]{0,12}$/.test(
    text.slice(Math.max(0, start - 16), start),
  );
}

const GAP_MAX = 20;

/** Whether a word follows the label, which ends no label and is no operator; true for most labels in sentences. */
export function isInSentence(text: string, end: number): boolean {
  let at = end;
  while (at - end < GAP_MAX && codeAt(text, at) === SPACE) at++;
  const code = codeAt(text, at);
  return isLetter(code) || isDigit(code);
}

/** Returns the field whose label is `[start, end)`, or undefined. */
export function fieldAt(text: string, start: number, end: number): Field | undefined {
  if (isInSentence(text, end)) return undefined;
  const labelEnd = mayEndLabel(text, end) ? (after(LABEL_END, text, end) ?? end) : end;
  const usual = operatorEnd(text, labelEnd);
  if (usual < 0) return undefined;
  OPERATOR.lastIndex = labelEnd;
  const operator =
    usual > 0 ? usualOperator(text, labelEnd) : OPERATOR.exec(text)?.groups?.['operator'];
  if (operator === undefined) return undefined;
  const from = usual > 0 ? usual : OPERATOR.lastIndex;
  const isQuoted = labelEnd > end && hasQuote(text, end, labelEnd);
  // The branches of a condition: `isOwn ? 'user' : 'assistant'`.
  if (
    isQuoted &&
    mayBeBranch(text, start) &&
    /\?\s{0,16}\\?["'`]$/.test(text.slice(Math.max(0, start - 20), start))
  )
    return undefined;
  const isKey =
    isQuoted || /[a-z][A-Z]|_/.test(text.slice(start, end)) || isWord(codeAt(text, start - 1));
  if (operator === '>') {
    if (!'<:'.includes(text[start - 1] ?? ' ')) return undefined;
    const close = text.slice(from, from + VALUE_LENGTH_MAX).indexOf('</');
    return close < 1 ? undefined : { start: from, end: from + close, operator, isKey };
  }
  // `[Name] Anna Koch`, `「氏名」佐藤 美咲`.
  if (/^[\]」』】］]$/.test(operator) && !/[[「『【［]$/.test(text.slice(start - 1, start)))
    return undefined;
  if (
    operator === '|' &&
    (!/\|[ \t*]{0,4}$/.test(text.slice(Math.max(0, start - 6), start)) || isHead(text, from))
  )
    return undefined;
  const first = codeAt(text, from);
  if (isDigit(first) || (isLetter(first) && !mayPrefixQuote(text, from)))
    return { start: from, end: undefined, operator, isKey };
  if (first === DOUBLE_QUOTE || first === SINGLE_QUOTE) {
    const close = closingQuote(text, from + 1, first);
    return close < 0 ? undefined : { start: from + 1, end: close, operator, isKey };
  }
  QUOTE.lastIndex = from;
  const quote = QUOTE.exec(text)?.groups;
  if (!quote) return { start: from, end: undefined, operator, isKey };
  const valueStart = QUOTE.lastIndex;
  const mark = quote['mark'] ?? CLOSING[quote['mark2'] ?? ''] ?? '';
  const close = text
    .slice(valueStart, valueStart + VALUE_LENGTH_MAX)
    .indexOf(`${quote['escape'] ?? ''}${mark}`);
  if (close < 1) return undefined;
  return { start: valueStart, end: valueStart + close, operator, isKey };
}

/** The first colon or equals sign. */
function usualOperator(text: string, from: number): string {
  let at = from;
  while (codeAt(text, at) === SPACE || codeAt(text, at) === TAB) at++;
  return codeAt(text, at) === COLON ? ':' : '=';
}

function hasQuote(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = codeAt(text, at);
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE || code === BACKTICK) return true;
  }
  return false;
}

/** `b"x"`: a letter before a quote. */
function mayPrefixQuote(text: string, at: number): boolean {
  const next = codeAt(text, at + 1);
  return next === DOUBLE_QUOTE || next === SINGLE_QUOTE || next === BACKTICK || next === BACKSLASH;
}

/** Returns where the value in quotes ends, or -1 if it is empty or too long. */
function closingQuote(text: string, from: number, quote: number): number {
  const limit = Math.min(text.length, from + VALUE_LENGTH_MAX);
  for (let at = from; at < limit; at++) if (codeAt(text, at) === quote) return at > from ? at : -1;
  return -1;
}

/** Whether a rule is below the row, so that it is the head of a table. */
function isHead(text: string, from: number): boolean {
  const row = text.slice(from, from + VALUE_LENGTH_MAX);
  return /^[^\n]*\n[ \t]{0,8}[|+:-][-+|: =]{2,}/.test(row);
}

/** Where an unquoted value may end: a line, a cell, a list item, a column or a bracket. */
const VALUE_END =
  /[ \t]{0,4}(?:$|[\t\r\n,;&|<(（)）\]}"'`]|__|\[mailto:|:mailto:|\\{1,3}[rnt"']|[ \t]{2}|[ \t][-–—][ \t]|\.(?:\s|$)|[。、，；］」])/y;

/** Whether an unquoted value ends at `end`. */
export function endsValue(text: string, end: number): boolean {
  VALUE_END.lastIndex = end;
  return VALUE_END.test(text);
}

/** The rest of the line from `start`, up to a tab, another column or another label. */
export function lineFrom(text: string, start: number, lengthMax: number): string {
  const window = text.slice(start, start + lengthMax);
  const end = window.search(LINE_END);
  return (end < 0 ? window : window.slice(0, end)).trimEnd();
}

const LINE_END = /[\r\n\t|;<{}]|\\{1,3}[nrt"]|[ \u3000]{2}/;

/** The characters around `[start, end)`, for words that tell what a value is. */
export function around(text: string, { start, end }: Range, reach: number): string {
  return `${text.slice(Math.max(0, start - reach), start)} ${text.slice(end, end + reach)}`;
}

/** The part of the line before `end`, and where it starts; at most `lengthMax` characters. */
export function lineAt(
  text: string,
  end: number,
  lengthMax: number,
): { line: string; start: number } {
  const window = text.slice(Math.max(0, end - lengthMax), end);
  // The start is near, but most texts have no carriage return.
  const last = window.slice(window.lastIndexOf('\n') + 1);
  const line = last.slice(last.lastIndexOf('\r') + 1);
  return { line, start: end - line.length };
}

function isOtherLetter(text: string, at: number): boolean {
  const code = codeAt(text, at);
  return code > 0x7f && code < 0x2e80 && !isLetter(code) && /\p{L}/u.test(text[at] ?? '');
}

function after(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
