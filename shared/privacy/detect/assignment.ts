// Reads the value assigned to a name in any notation: `KEY=x`, `key: x`, `"key": "x"`, `--key x`,
// `key := "x"`, `<key>x</key>`, `key("x")`, `define('KEY', 'x')`, `the key is x`. Looks forward
// from the name within a bounded window.

import type { Range } from './detector.ts';

export interface Assignment extends Range {
  /**
   * How certain it is that the range is data and complete:
   * - `quoted`: in quotes after an assignment, or the text of an XML element.
   * - `plain`: an unquoted setting: a line of an `.env`, YAML or INI file, a shell variable, a
   *   command-line option, a part of a query or connection string.
   * - `bare`: up to the next blank or punctuation; an expression if this is source code.
   * - `loose`: in quotes in a call, or in a sentence.
   */
  readonly notation: 'quoted' | 'plain' | 'bare' | 'loose';
}

/**
 * Larger than the usual window because tokens fill kilobytes. Only quoted values and whole lines
 * may be this long: no second name can claim the same text, so it is read once.
 */
const VALUE_LENGTH_MAX = 4096;
const LINE_LEAD_LENGTH_MAX = 40;

/** The end of a quoted name; `]` closes a lookup: `config["key"] = `. */
const NAME_END = /\\{0,3}["'`]?\]?[ \t]{0,64}/y;
/** `::` is a path, not an operator. `(` and `,` need a quote after them. */
const OPERATOR =
  /={1,3}>?|:=|(?:\|\||\?\?)=?|:(?!:)|!={1,2}|>(?=[^\s<>=])|is:?(?=[ \t])|[,(](?=\s{0,4}["'`])/y;
/** The type in `password: string = "x"`. */
const TYPE = /[ \t]{0,4}[A-Za-z_$][\w$.<>[\]| ]{0,40}=(?=[ \t]{1,4}\S|["'`])/y;
/** The lookup in `process.env.KEY || "x"`; the default value follows. */
const FALLBACK =
  /[A-Za-z_$][\w$.]{1,80}(?:\[["']\w{1,40}["']\])?[ \t]{0,4}(?:\|\||\?\?|or)[ \t]{0,4}(?=["'`])/y;
/** Allows line breaks before the quote, and prefixes: `r"x"`, `b'x'`, `@"x"`. */
const QUOTE = /\s{0,32}[bfruLU@$]?(?<escape>\\{0,3})(?<mark>["'`])/y;
const BLANKS = /[ \t]{0,32}/y;
const REST_OF_LINE =
  /(?<value>[^\s\\]{1,4096})(?:[ \t]{1,16}(?:#[^\n]{0,200})?)?(?=[\r\n]|\\[rn]|$)/y;
/** Stops before another name's `:` or `=`, so a chain of names is read once. */
const BARE = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}={0,2}/y;
/** Excludes the full stop. */
const SENTENCE_PART = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}(?<!\.)/y;
const ELEMENT_TEXT = /[^<>\s]{1,4096}(?=<\/)/y;

/** What may precede a name at the beginning of a line in a settings file. */
const LINE_LEAD = /(?:^|\n|\\n)[ \t]{0,40}(?:[-+>#*|][ \t]?)?(?:(?:export|setx?|ENV|ARG|env) )?$/;

/**
 * Returns the value assigned to the name at `[start, end)`. A name includes the dashes of an
 * option. The range is not empty and excludes surrounding quotes.
 */
export function assignedValue(text: string, start: number, end: number): Assignment | undefined {
  const isOption = text[start] === '-';
  const nameEnd = after(NAME_END, text, end) ?? end;
  const operatorEnd = after(OPERATOR, text, nameEnd);
  if (operatorEnd === undefined) return unassigned(text, start, end, nameEnd);
  const operator = text.slice(nameEnd, operatorEnd);
  if (operator === '>') return range(ELEMENT_TEXT, text, operatorEnd, 'quoted');
  if (operator === ',' && !isQuote(text[start - 1])) return undefined;
  const isSentence = operator.startsWith('is');
  if (isSentence && nameEnd === end) return undefined;

  const from = operator === ':' ? (after(TYPE, text, operatorEnd) ?? operatorEnd) : operatorEnd;
  const valueStart = after(BLANKS, text, from) ?? from;
  const quoted = quotedValue(text, after(FALLBACK, text, valueStart) ?? from);
  if (quoted) return { ...quoted, notation: isSentence || operator === '(' ? 'loose' : 'quoted' };
  if (quoted === null || operator === '(' || operator === ',') return undefined;
  if (isSentence) return range(SENTENCE_PART, text, valueStart, 'loose');
  if (isSetting(text, start, end, operator, valueStart)) {
    const line = beginsLine(text, start) ? lineValue(text, valueStart) : undefined;
    return line ?? (operator === '=' ? range(BARE, text, valueStart, 'plain') : undefined);
  }
  return range(BARE, text, valueStart, isOption ? 'plain' : 'bare');
}

/** Handles `--password x`, `#define PASSWORD "x"` and `IDENTIFIED BY PASSWORD 'x'`. */
function unassigned(text: string, start: number, end: number, valueStart: number) {
  if (valueStart === end || isQuote(text[end])) return undefined;
  const isOption = text[start] === '-';
  const quoted = quotedValue(text, valueStart);
  // All capitals: a C macro or an SQL keyword.
  const isSure = isOption || !/[a-z]/.test(text.slice(start, end));
  if (quoted) return { ...quoted, notation: isSure ? 'quoted' : 'loose' } as const;
  return isOption ? range(BARE, text, valueStart, 'plain') : undefined;
}

/** Whether the notation is that of settings rather than source code. */
function isSetting(text: string, start: number, end: number, operator: string, valueStart: number) {
  if (operator === ':') return beginsLine(text, start) && !isQuote(text[end]);
  if (operator !== '=' || valueStart !== end + 1) return false;
  const before = text[start - 1] ?? '\n';
  return (
    '?&;'.includes(before) || /^[A-Z0-9_]+$/.test(text.slice(start, end)) || beginsLine(text, start)
  );
}

/** Returns `null` if a quote opens but its content cannot be a secret. */
function quotedValue(text: string, from: number): Range | null | undefined {
  QUOTE.lastIndex = from;
  const groups = QUOTE.exec(text)?.groups;
  if (!groups) return undefined;
  const { escape = '', mark = '' } = groups;
  const start = QUOTE.lastIndex;
  const limit = Math.min(text.length, start + VALUE_LENGTH_MAX);
  for (let at = start; at < limit; at++) {
    const char = text[at] ?? '';
    if (char === mark) {
      const end = at - escape.length;
      return end > start ? { start, end } : null;
    }
    if (char <= ' ') return null;
    if (char === '\\' && escape === '') at++;
  }
  return null;
}

function lineValue(text: string, from: number): Assignment | undefined {
  REST_OF_LINE.lastIndex = from;
  const value = REST_OF_LINE.exec(text)?.groups?.['value'];
  // Punctuation at the end of the line means source code.
  if (value === undefined || /[,;{}()[\]]$/.test(value)) return undefined;
  return { start: from, end: from + value.length, notation: 'plain' };
}

function beginsLine(text: string, start: number): boolean {
  return LINE_LEAD.test(text.slice(Math.max(0, start - LINE_LEAD_LENGTH_MAX), start));
}

function isQuote(char: string | undefined): boolean {
  return char === '"' || char === "'" || char === '`';
}

function range(pattern: RegExp, text: string, start: number, notation: Assignment['notation']) {
  const end = after(pattern, text, start);
  return end === undefined || end === start ? undefined : { start, end, notation };
}

function after(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
