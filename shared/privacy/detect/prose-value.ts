// Reads values without quotes in sentences: `the password is x.`, `**Password:** x`.

import type { Range } from './detector.ts';

export interface ProseValue extends Range {
  readonly notation: 'prose';
}

const LEAD_LENGTH_MAX = 120;
/** In a sentence only another name after a separator, a quote or a blank ends a value; base64 has slashes. */
const PROSE =
  /(?:[^\s"'`<>\\,/;&|»\u0250-\uffff]|[,;&|](?![A-Za-z][\w ]{0,24}[:=])|\/(?![A-Za-z]\w{0,24}(?::|=(?![=\s]|$)))){1,512}/y;
const PROSE_END = /[.,;:)\]}]{1,8}$/;
/** Marks around a value in prose, apart from ASCII quotes. */
const PROSE_QUOTE = /[„“”‘’«「『*_]{1,2}/y;

/** Words of declarations, after which a colon announces a type. */
const CODE_WORD =
  /(?:^|[\s(,])(?:let|var|val|const|readonly|private|public|protected|internal|static|final|mut|type|def|fn|func|fun|function|param|@param|self|this|pub|lateinit|override|declare|import|case|struct|interface|class|async|await|if|elif|while|return)(?=[\s.(]|$)/;
const CODE_CHARS = /[{}[\];=<>"`$\\^~%]/;

/** `:=` with blanks around it is code; without, it may be a makefile. */
export function isProseOperator(text: string, operator: string, valueStart: number): boolean {
  if (operator === ':=') return text[valueStart - 1] === '=';
  return /^(?:[=:：]\*{0,2}|={1,2}>)$/.test(operator);
}

/** Whether only words and no code precede the name in its line. */
export function isProse(text: string, start: number, operator: string): boolean {
  const before = text.slice(Math.max(0, start - LEAD_LENGTH_MAX), start);
  const escape = before.lastIndexOf('\\n');
  const lineStart = Math.max(before.lastIndexOf('\n') + 1, escape < 0 ? 0 : escape + 2);
  const lead = before.slice(lineStart).replaceAll(/\*\*|^>+|\{\d{1,2}\}/g, '');
  // A keyword argument, as in `connect(password=x)`.
  if (operator.startsWith('=') && /\w\([^)]*$/.test(lead)) return false;
  return !CODE_CHARS.test(lead) && !CODE_WORD.test(lead);
}

/** Reads prose without marks around it; `*` and `_` are marks only in pairs. */
export function quotedProse(text: string, from: number): ProseValue | undefined {
  const valueStart = after(PROSE_QUOTE, text, from);
  if (valueStart === undefined) return proseValue(text, from);
  const mark = text[from] ?? '';
  const found = proseValue(text, valueStart);
  if (!found || !'*_'.includes(mark) || text[found.end - 1] === mark) return found;
  return text[found.end] === mark ? found : { ...found, start: from };
}

/** Reads up to a blank, without the punctuation of the sentence. */
export function proseValue(text: string, from: number): ProseValue | undefined {
  const found = matchAt(PROSE, text, from);
  if (!found) return undefined;
  const value = text.slice(found.start, found.end);
  // Code has a comma, a semicolon or a bracket at the end of a line.
  if (/[;{(]$/.test(value)) return undefined;
  if (value.endsWith(',') && /^(?:\s*$|[ \t]*\r?\n)/.test(text.slice(found.end, found.end + 8)))
    return undefined;
  const end = found.start + value.replace(PROSE_END, '').length;
  return end > found.start ? { ...found, end } : undefined;
}

function matchAt(pattern: RegExp, text: string, start: number): ProseValue | undefined {
  const end = after(pattern, text, start);
  return end === undefined || end === start ? undefined : { start, end, notation: 'prose' };
}

function after(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
