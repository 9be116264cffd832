// Reads what is assigned to a name, whatever the notation: `KEY=x`, `key: x`, `"key": "x"`,
// `key := "x"`, `<key>x</key>`, `--key x`, `key("x")`, `define('KEY', 'x')`, `the key is x`. Looks
// at no more than a few hundred units behind the name, in one direction.

import type { Range } from './detector.ts';

export interface Assignment extends Range {
  /**
   * How sure it is that the value is data and all of it:
   * - `quoted`: between quotes, after an assignment; or the text of an XML element.
   * - `plain`: a setting without quotes: a line of an `.env`, YAML or INI file, a variable set for
   *   a command, an option, a part of a query or of a connection string.
   * - `bare`: up to the next blank or punctuation; in source code that would be an expression.
   * - `loose`: between quotes in a call, or in a sentence.
   */
  readonly manner: 'quoted' | 'plain' | 'bare' | 'loose';
}

/**
 * Beyond the usual window, since tokens fill kilobytes. Only what a quote closes and what fills a
 * line may be as long: no second name can claim the same stretch, so it is read once.
 */
const VALUE_LENGTH_MAX = 4096;
const LINE_LEAD_LENGTH_MAX = 40;

/** The end of a name that is quoted; `]` where it is looked up: `config["key"] = `. */
const NAME_END = /\\{0,3}["'`]?\]?[ \t]{0,64}/y;
/** Of `:` not the `::` of a path; of a call or a list, only with a quote behind it. */
const OPERATOR =
  /={1,3}>?|:=|(?:\|\||\?\?)=?|:(?!:)|!={1,2}|>(?=[^\s<>=])|is:?(?=[ \t])|[,(](?=\s{0,4}["'`])/y;
/** `password: string = "x"`: the value stands behind the type. */
const TYPE = /[ \t]{0,4}[A-Za-z_$][\w$.<>[\]| ]{0,40}=(?=[ \t]{1,4}\S|["'`])/y;
/** `process.env.KEY || "x"`: what is used when nothing is set. */
const FALLBACK =
  /[A-Za-z_$][\w$.]{1,80}(?:\[["']\w{1,40}["']\])?[ \t]{0,4}(?:\|\||\?\?|or)[ \t]{0,4}(?=["'`])/y;
/** Line breaks only before a quote; `r"x"`, `b'x'`, `@"x"`. */
const QUOTE = /\s{0,32}[bfruLU@$]?(?<escape>\\{0,3})(?<mark>["'`])/y;
const BLANKS = /[ \t]{0,32}/y;
const REST_OF_LINE =
  /(?<value>[^\s\\]{1,4096})(?:[ \t]{1,16}(?:#[^\n]{0,200})?)?(?=[\r\n]|\\[rn]|$)/y;
/** Stops before another name's `:` or `=`, so that a chain of names is read once as well. */
const BARE = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}={0,2}/y;
/** Without the full stop. */
const SENTENCE_PART = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}(?<!\.)/y;
const ELEMENT_TEXT = /[^<>\s]{1,4096}(?=<\/)/y;

/** What may stand before a name that begins a line of a settings file. */
const LINE_LEAD = /(?:^|\n|\\n)[ \t]{0,40}(?:[-+>#*|][ \t]?)?(?:(?:export|setx?|ENV|ARG|env) )?$/;

/**
 * The value assigned to the name at `[start, end)`, or undefined when none is. A name includes the
 * dashes of an option. The range is never empty and holds no quotes around the value.
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
  if (quoted) return { ...quoted, manner: isSentence || operator === '(' ? 'loose' : 'quoted' };
  if (quoted === null || operator === '(' || operator === ',') return undefined;
  if (isSentence) return range(SENTENCE_PART, text, valueStart, 'loose');
  if (isSetting(text, start, end, operator, valueStart)) {
    const line = beginsLine(text, start) ? lineValue(text, valueStart) : undefined;
    return line ?? (operator === '=' ? range(BARE, text, valueStart, 'plain') : undefined);
  }
  return range(BARE, text, valueStart, isOption ? 'plain' : 'bare');
}

/** `--password x`, `#define PASSWORD "x"`, `IDENTIFIED BY PASSWORD 'x'`. */
function unassigned(text: string, start: number, end: number, valueStart: number) {
  if (valueStart === end || isQuote(text[end])) return undefined;
  const isOption = text[start] === '-';
  const quoted = quotedValue(text, valueStart);
  // In capitals, a macro of C or a word of SQL.
  const isSure = isOption || !/[a-z]/.test(text.slice(start, end));
  if (quoted) return { ...quoted, manner: isSure ? 'quoted' : 'loose' } as const;
  return isOption ? range(BARE, text, valueStart, 'plain') : undefined;
}

/** Whether the notation is that of settings rather than of source code. */
function isSetting(text: string, start: number, end: number, operator: string, valueStart: number) {
  if (operator === ':') return beginsLine(text, start) && !isQuote(text[end]);
  if (operator !== '=' || valueStart !== end + 1) return false;
  const before = text[start - 1] ?? '\n';
  return (
    '?&;'.includes(before) || /^[A-Z0-9_]+$/.test(text.slice(start, end)) || beginsLine(text, start)
  );
}

/** null when a quote opens there but nothing fit to be a secret is inside. */
function quotedValue(text: string, from: number): Range | null | undefined {
  QUOTE.lastIndex = from;
  const groups = QUOTE.exec(text)?.groups;
  if (!groups) return undefined;
  const { escape = '', mark = '' } = groups;
  const start = QUOTE.lastIndex;
  const limit = Math.min(text.length, start + VALUE_LENGTH_MAX);
  for (let at = start; at < limit; at++) {
    const unit = text[at] ?? '';
    if (unit === mark) {
      const end = at - escape.length;
      return end > start ? { start, end } : null;
    }
    if (unit <= ' ') return null;
    if (unit === '\\' && escape === '') at++;
  }
  return null;
}

function lineValue(text: string, from: number): Assignment | undefined {
  REST_OF_LINE.lastIndex = from;
  const value = REST_OF_LINE.exec(text)?.groups?.['value'];
  // Source code, where a line ends with punctuation.
  if (value === undefined || /[,;{}()[\]]$/.test(value)) return undefined;
  return { start: from, end: from + value.length, manner: 'plain' };
}

function beginsLine(text: string, start: number): boolean {
  return LINE_LEAD.test(text.slice(Math.max(0, start - LINE_LEAD_LENGTH_MAX), start));
}

function isQuote(unit: string | undefined): boolean {
  return unit === '"' || unit === "'" || unit === '`';
}

function range(form: RegExp, text: string, start: number, manner: Assignment['manner']) {
  const end = after(form, text, start);
  return end === undefined || end === start ? undefined : { start, end, manner };
}

function after(form: RegExp, text: string, from: number): number | undefined {
  form.lastIndex = from;
  return form.test(text) ? form.lastIndex : undefined;
}
