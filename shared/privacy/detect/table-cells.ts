// Splits a row of a table into cells: a line of CSV and its relatives or of Markdown, or a tuple of SQL.

import { BACKSLASH, CLOSE, COMMA, isLetter, NEWLINE, OPEN, RETURN, SPACE } from './characters.ts';
import type { Range } from './detector.ts';

const CELLS_MAX = 256;

export const TAB = 9;
const QUOTE = 34;
const APOSTROPHE = 39;
const STAR = 42;
const SEMICOLON = 59;
const BACKQUOTE = 96;
const BAR = 124;
/** In tables of terminals. */
const BOX_BAR = 0x2502;

export function isDelimiter(code: number): boolean {
  return code === COMMA || code === SEMICOLON || code === TAB || code === BAR || code === BOX_BAR;
}

/** Whether cells are enclosed in bars, with rules between the rows. */
export function isBar(code: number): boolean {
  return code === BAR || code === BOX_BAR;
}

/** Returns the cells of a line, without blanks and quotes around them; none if there are too many. */
export function cellsOfLine(text: string, { start, end }: Range, delimiter: number): Range[] {
  const isTabbed = delimiter === TAB;
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from), isTabbed)) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1), isTabbed)) to--;
  // Outer bars enclose no cell.
  if (isBar(delimiter)) {
    if (text.charCodeAt(from) === delimiter) from++;
    if (to > from && text.charCodeAt(to - 1) === delimiter) to--;
  }
  return new Cells(text, from, to, delimiter, false).read()?.cells ?? [];
}

/** Returns the cells of the tuple whose bracket opens before `from`, and its end; undefined if it stays open. */
export function cellsOfTuple(
  text: string,
  from: number,
  to: number,
): { readonly cells: Range[]; readonly end: number } | undefined {
  return new Cells(text, from, to, COMMA, true).read();
}

/** One row while it is read. */
class Cells {
  readonly #text: string;
  readonly #from: number;
  readonly #to: number;
  readonly #delimiter: number;
  readonly #isTuple: boolean;
  readonly #cells: Range[] = [];
  /** A mark that opened and did not close is an apostrophe, or inches. */
  #unclosed = '';

  constructor(text: string, from: number, to: number, delimiter: number, isTuple: boolean) {
    this.#text = text;
    this.#from = from;
    this.#to = to;
    this.#delimiter = delimiter;
    this.#isTuple = isTuple;
  }

  read(): { readonly cells: Range[]; readonly end: number } | undefined {
    let start = this.#from;
    while (this.#cells.length < CELLS_MAX) {
      const end = this.#cellEnd(start);
      if (end === undefined) return undefined;
      this.#cells.push(unquoted(this.#text, start, end));
      const isLast = this.#isTuple ? this.#text.charCodeAt(end) === CLOSE : end === this.#to;
      if (isLast) return { cells: this.#cells, end: end + 1 };
      start = end + 1;
    }
    return undefined;
  }

  /** Returns where the cell ends: at a delimiter, or at the end of the row. */
  #cellEnd(start: number): number | undefined {
    const text = this.#text;
    let depth = 0;
    let isEmpty = true;
    for (let at = start; at < this.#to; at++) {
      const code = text.charCodeAt(at);
      if (code === this.#delimiter && depth === 0) {
        if (code !== BAR || text.charCodeAt(at - 1) !== BACKSLASH) return at;
      } else if (
        isQuote(code) &&
        (isEmpty || this.#isTuple) &&
        !this.#unclosed.includes(String.fromCharCode(code))
      ) {
        const close = quoteEnd(text, at, this.#to);
        if (close !== undefined) at = close - 1;
        else this.#unclosed += String.fromCharCode(code);
      } else if (this.#isTuple && code === CLOSE && depth-- === 0) return at;
      else if (this.#isTuple && code === OPEN) depth++;
      if (code !== SPACE && code !== BACKSLASH && code !== TAB) isEmpty = false;
    }
    return this.#isTuple ? undefined : this.#to;
  }
}

/** Returns the end of the quotation that opens at `open`. Marks inside it are doubled or escaped. */
export function quoteEnd(text: string, open: number, to: number): number | undefined {
  const mark = text.charCodeAt(open);
  // As in a string of JSON, where all marks are escaped.
  const isEscaped = text.charCodeAt(open - 1) === BACKSLASH;
  const length = isEscaped ? 2 : 1;
  for (let at = open + 1; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH && !isEscaped) at++;
    else if (code === mark && (!isEscaped || text.charCodeAt(at - 1) === BACKSLASH)) {
      if (text.charCodeAt(at + length) !== mark) return at + 1;
      at += length;
    }
  }
  return undefined;
}

/** Without blanks, and without quotes or the stars of bold type that enclose all of the cell. */
function unquoted(text: string, from: number, to: number): Range {
  let [start, end] = [from, to];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  while (end - start > 2 && text.charCodeAt(start) === STAR && text.charCodeAt(end - 1) === STAR)
    [start, end] = [start + 1, end - 1];
  let open = start;
  while (text.charCodeAt(open) === BACKSLASH) open++;
  // `N'Anna'` in SQL.
  if (isLetter(text.charCodeAt(open)) && text.charCodeAt(open + 1) === APOSTROPHE) open++;
  const mark = text.charCodeAt(open);
  if (!isQuote(mark)) return { start, end };
  const isEscaped = text.charCodeAt(open - 1) === BACKSLASH;
  const close = end - (isEscaped ? 2 : 1);
  const isClosed =
    close > open &&
    text.charCodeAt(end - 1) === mark &&
    (!isEscaped || text.charCodeAt(close) === BACKSLASH);
  return isClosed ? { start: open + 1, end: close } : { start, end };
}

export function isQuote(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE || code === BACKQUOTE;
}

function isBlank(code: number, isTabbed = false): boolean {
  return code === SPACE || code === RETURN || code === NEWLINE || (code === TAB && !isTabbed);
}
