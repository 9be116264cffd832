// Reads the value assigned to a name in any notation: `KEY=x`, `key: x`, `"key": "x"`, `--key x`,
// `key := "x"`, `<key>x</key>`, `key("x")`, `define('KEY', 'x')`, `the key is x`. Looks forward
// from the name within a bounded window.

import {
  afterBlanks,
  isPlainValue,
  mayBeAssigned,
  mayFollowDirective,
  plainNameEnd,
  plainOperatorEnd,
} from './assignment-start.ts';
import type { Range } from './detector.ts';
import { isProse, isProseOperator, quotedProse } from './prose-value.ts';
import {
  escapedElementText,
  formFieldStart,
  mayEndName,
  nextElementStart,
  yamlValueStart,
} from './value-places.ts';

export interface Assignment extends Range {
  /**
   * How certain it is that the range is data and complete:
   * - `quoted`: in quotes after an assignment, or the text of an XML element.
   * - `plain`: an unquoted setting: a line of an `.env`, YAML or INI file, a shell variable, a
   *   command-line option, a part of a query or connection string.
   * - `prose`: unquoted after words of a sentence and a colon or an equals sign.
   * - `bare`: up to the next blank or punctuation; an expression if this is source code.
   * - `loose`: in quotes in a call, or in a sentence.
   */
  readonly notation: 'quoted' | 'plain' | 'prose' | 'bare' | 'loose';
}

/**
 * Larger than the usual window because tokens fill kilobytes. Only quoted values and whole lines
 * may be this long: no second name can claim the same text, so it is read once.
 */
const VALUE_LENGTH_MAX = 4096;
const LINE_LEAD_LENGTH_MAX = 40;

/**
 * The end of a quoted or emphasized name, or one with a remark: `Password (admin)`. `]` closes a lookup:
 * `config["key"] = `, or the size of an array.
 */
const NAME_END =
  /(?:\](?=["'`]))?\\{0,3}["'`]?(?:\[[^\]\n]{0,20}\]|\])?[*_]{0,2}(?:\.{2,40}(?=[ \t]{0,4}[:：]))?(?:[ \t]{0,4}\([\w ./-]{1,24}\)(?=[ \t]{0,4}[:：]))?[ \t]{0,64}/y;
/** `::` is a path, not an operator. `(` and `,` need a quote after them. */
const OPERATOR = new RegExp(
  [
    String.raw`={1,3}>?|:{1,3}=|\?{1,2}[=:]|[.+]=|<-|(?:\|\||\?\?)=?`,
    String.raw`\)[ \t]{0,4}(?:\|\||\?[?:]|or\b)(?=\s{0,4}["'\x60])`,
    // Filled into a field, or compared.
    String.raw`\)\s{0,4}\.(?:type|fill|[sS]end_?[kK]eys|set_?[vV]alue|val|input|enter_?[tT]ext|pressSequentially)\((?=["'\x60])`,
    String.raw`\.(?:[eE]quals(?:IgnoreCase)?|eq|compareTo)\((?=["'\x60])`,
    // The default of an option, a parameter or a variable.
    String.raw`,\s{0,8}(?:\w{1,20}=[\w.]{1,40},\s{0,8}){0,3}["']?default(?:_value|Value)?["']?\s{0,2}[=:]\s{0,2}(?=["'\x60])`,
    String.raw`\{\s{0,8}(?:(?:type|description|sensitive|nullable)\s{0,12}=\s{0,2}[^\n]{0,120}\n\s{0,8}){0,4}default\s{0,12}=\s{0,2}(?=["'])`,
    String.raw`[:：](?![:=])\*{0,2}|!={1,2}|>(?=\s{0,64}[^<>\s=])|>(?=<!\[CDATA\[)|is:?(?=[ \t])|[,(](?=\s{0,4}["'\x60])`,
  ].join('|'),
  'y',
);
/** The type in `password: string = "x"` and in `var password string = "x"`. */
const TYPE = /[ \t]{0,4}[A-Za-z_$&*'?[][\w$.<>[\]|&*'? ]{0,40}=(?=[ \t]{1,4}\S|["'`])/y;
const TYPE_BEFORE_VALUE =
  /(?:(?:As[ \t]{1,4})?[A-Za-z_*[\]][\w.*[\]]{0,40}[ \t]{1,4})=[ \t]{0,4}(?=["'`])/y;
/** The lookup in `process.env.KEY || "x"`; the default value follows. */
const FALLBACK =
  /[A-Za-z_$][\w$.]{1,80}(?:\[["']\w{1,40}["']\]|\((?:["']\w{1,40}["'])?\))?[ \t]{0,4}(?:\|\||\?\?|or)[ \t]{0,4}(?=["'`])/y;
/** A function around the value that does not change whose secret it is. */
const WRAPPER =
  /[ \t]{0,4}(?:[\w.:]{1,32}[.:])?(?:md5|MD5|[sS][hH][aA](?:1|2|256|512)|PASSWORD|password|crypt|hashpw|Some|String|bytes|SecretStr|SecureString|SecretString|from|of)\(\s{0,4}(?=[bN]?["'`])/y;
/** The default of a shell variable: `${KEY:-x}`. */
const SHELL_DEFAULT = /:?[-=](?<value>[^\s}"'`$]{1,512})(?=\})/y;
/** Allows line breaks before the quote, and prefixes: `r"x"`, `b'x'`, `@"x"`. */
const QUOTE = /\s{0,32}[bfruLNU@$]?(?<escape>\\{0,3})(?<mark>"""|'''|["'`])/y;
const BLANKS = /[ \t]{0,32}/y;
const REST_OF_LINE =
  /(?<value>[^\s\\]{1,4096})(?:[ \t]{1,16}(?:#[^\n]{0,200})?)?(?=[\r\n]|\\[rn]|$)/y;
/** Stops before another name's `:` or `=`, so a chain of names is read once. */
const BARE = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}={0,2}/y;
/** Excludes the full stop. */
const SENTENCE_PART = /[^\s"'`,;:=&|<>(){}[\]\\]{1,512}(?<!\.)={0,2}(?![\w])/y;
const ELEMENT_START = /(?:\s|\\[nrt]){0,64}(?:<!\[CDATA\[)?/y;
const ELEMENT_TEXT = /(?:[^<>\s\]\\]|\](?!\]>)){1,4096}(?=(?:\]\]>)?(?:\s|\\[nrt]){0,64}<\/)/y;
const ELEMENT_ATTRIBUTES = /[ \t][\w:.-]{1,40}=["'][^<>\n]{0,120}(?=>)/y;

/** What may precede a name at the beginning of a line in a settings file. */
const LINE_LEAD = /(?:^|\n|\\n)[ \t]{0,40}(?:[-+>#*|][ \t]?)?(?:(?:export|setx?|ENV|ARG|env) )?$/;
/** Sets a variable without a sign: `ENV KEY x`, `setx KEY x`. */
const DIRECTIVE = /(?:^|\n|\\n|[;&|] ?)[ \t]{0,20}(?:ENV|ARG|setx|SETX|setenv|set -\w{1,2}) $/;
const CONSTANT = /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/;
/** The beginning of a selector in quotes, or of a comparison. */
const COMPARED =
  /["'`][^"'`\s]{1,30}$|(?:cmp|define|[eE]quals?|compare\w{0,12}|verify\w{0,12})\(\s{0,4}$/;

/**
 * Returns the value assigned to the name at `[start, end)`. A name includes the dashes of an
 * option. The range is not empty and excludes surrounding quotes. A word that `mayBeSought` refuses is no value.
 */
export function assignedValue(
  text: string,
  start: number,
  end: number,
  mayBeSought: (text: string, start: number, lengthMax: number) => boolean = () => true,
): Assignment | undefined {
  if (!mayEndName(text, end)) return undefined;
  if (text[start - 1] === '{' && text[start - 2] === '$') return shellDefault(text, end);
  if (!mayBeAssigned(text, start, end)) return undefined;
  const attributesEnd = text[start - 1] === '<' ? after(ELEMENT_ATTRIBUTES, text, end) : undefined;
  const element = escapedElementText(text, end);
  if (element) return { ...element, notation: 'quoted' };
  const field = formFieldStart(text, start, end);
  if (field !== undefined) return lineValue(text, field, true);
  const cell = nextElementStart(text, end);
  if (cell !== undefined) return elementText(text, cell);
  const nameEnd = attributesEnd ?? plainNameEnd(text, end) ?? after(NAME_END, text, end) ?? end;
  const operatorEnd =
    plainOperatorEnd(text, nameEnd) ??
    after(OPERATOR, text, nameEnd) ??
    after(TYPE_BEFORE_VALUE, text, nameEnd);
  if (operatorEnd === undefined) return unassigned(text, start, end, nameEnd);
  const operator = text.slice(nameEnd, operatorEnd);
  if (operator === '>') return elementText(text, operatorEnd);
  // Only strings and constants name what follows.
  if (operator.startsWith(',') && !mayNameNext(text, start, end)) return undefined;
  const isSentence = operator.startsWith('is');
  if (isSentence && nameEnd === end) return undefined;

  const word = afterBlanks(text, operatorEnd);
  if (
    isPlainValue(text, word) &&
    (operator === ':' || operator === '=') &&
    !mayBeSought(text, word, VALUE_LENGTH_MAX)
  )
    return undefined;

  const from = operator === ':' ? (after(TYPE, text, operatorEnd) ?? operatorEnd) : operatorEnd;
  const valueStart = after(BLANKS, text, from) ?? from;
  const quoted = quotedValue(
    text,
    after(FALLBACK, text, valueStart) ?? after(WRAPPER, text, from) ?? from,
  );
  if (quoted) return { ...quoted, notation: isSentence || operator === '(' ? 'loose' : 'quoted' };
  if (quoted === null || /^[(,).{]/.test(operator)) return undefined;
  if (isSentence) return range(SENTENCE_PART, text, valueStart, 'loose');
  return unquoted(text, { start, end, operator, valueStart });
}

/** Whether a name before a comma names the next argument: a string, a constant, or what is compared. */
function mayNameNext(text: string, start: number, end: number): boolean {
  if (isQuote(text[start - 1]) || CONSTANT.test(text.slice(start, end))) return true;
  return COMPARED.test(text.slice(Math.max(0, start - LINE_LEAD_LENGTH_MAX), start));
}

interface Unquoted extends Range {
  readonly operator: string;
  readonly valueStart: number;
}

/** A value without quotes: a setting, a part of a sentence or an expression. */
function unquoted(text: string, { start, end, operator, valueStart }: Unquoted) {
  if (isSetting(text, start, end, operator, valueStart)) {
    if (operator === ':') {
      const line = lineValue(text, yamlValueStart(text, valueStart), false);
      if (line) return line;
    }
    const isEnvironment = operator === '=' && CONSTANT.test(text.slice(start, end));
    const line = beginsLine(text, start) ? lineValue(text, valueStart, isEnvironment) : undefined;
    if (line) return line;
    if (operator === '=') return range(BARE, text, valueStart, 'plain');
  }
  if (text[start] === '-' && text[start - 1] !== '-' && operator === '=')
    return range(BARE, text, valueStart, 'plain');
  if (isProseOperator(text, operator, valueStart) && isProse(text, start, operator)) {
    return quotedProse(text, valueStart) ?? range(BARE, text, valueStart, 'bare');
  }
  return range(BARE, text, valueStart, text[start] === '-' ? 'plain' : 'bare');
}

function shellDefault(text: string, end: number): Assignment | undefined {
  SHELL_DEFAULT.lastIndex = end;
  const value = SHELL_DEFAULT.exec(text)?.groups?.['value'];
  if (value === undefined) return undefined;
  const valueEnd = SHELL_DEFAULT.lastIndex;
  return { start: valueEnd - value.length, end: valueEnd, notation: 'plain' };
}

function elementText(text: string, from: number): Assignment | undefined {
  return range(ELEMENT_TEXT, text, after(ELEMENT_START, text, from) ?? from, 'quoted');
}

/** Handles `--password x`, `#define PASSWORD "x"` and `IDENTIFIED BY PASSWORD 'x'`. */
function unassigned(text: string, start: number, end: number, valueStart: number) {
  if (valueStart === end || isQuote(text[end])) return undefined;
  const quoted = quotedValue(text, valueStart);
  const isOption = text[start] === '-' || isAfterDirective(text, start);
  // All capitals: a C macro or an SQL keyword.
  const isSure = isOption || !/[a-z]/.test(text.slice(start, end));
  if (quoted) return { ...quoted, notation: isSure ? 'quoted' : 'loose' } as const;
  return isOption ? range(BARE, text, valueStart, 'plain') : undefined;
}

/** Most names follow no blank. */
function isAfterDirective(text: string, start: number): boolean {
  return (
    mayFollowDirective(text, start) &&
    DIRECTIVE.test(text.slice(Math.max(0, start - LINE_LEAD_LENGTH_MAX), start))
  );
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
    if (char === mark[0] && text.startsWith(mark, at)) {
      const end = at - escape.length;
      return end > start ? { start, end } : null;
    }
    if (char <= ' ') return null;
    if (char === '\\' && escape === '') at++;
  }
  return null;
}

/** Punctuation at the end of the line means source code, but for a line such as `DB_PASSWORD=x!;`. */
function lineValue(text: string, from: number, isEnvironment: boolean): Assignment | undefined {
  REST_OF_LINE.lastIndex = from;
  const value = REST_OF_LINE.exec(text)?.groups?.['value'];
  if (value === undefined || (!isEnvironment && /[,;{}()[\]]$/.test(value))) return undefined;
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
