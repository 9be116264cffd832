// Finds the head of the column in which a value stands: CSV with any delimiter, Markdown tables, the
// rows of an SQL `INSERT`. A cursor remembers the last line and table, so that a text is read once; the
// result does not depend on it.

import { PLUS, SPACE } from './characters.ts';

/** Characters inspected back to the head of a table, and of one line. */
const TABLE_LENGTH_MAX = 65_536;
const LINE_LENGTH_MAX = 2_048;
const HEAD_LENGTH_MAX = 64;
/** Adjacent lines with another number of cells, such as of an unquoted comma. */
const MISSES_MAX = 2;
/** Blanks and quotes between a value and its delimiter. */
const PADDING_MAX = 4;

const NEWLINE = 10;
const BACKSLASH = 92;
const SMALL_N = 110;

export interface Cell {
  readonly start: number;
  readonly end: number;
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** Too long for a table; start and end are those of the part that was read. */
  readonly isLong: boolean;
}

/** A line of a table, and how far its cells are counted. */
interface Row {
  readonly line: Line;
  readonly columns: number;
  readonly head: Line;
  readonly names: readonly Cell[];
  at: number;
  index: number;
}

/** Reads the tables of one text; fast for values in text order. */
export class ColumnCursor {
  readonly #text: string;
  readonly #rows = new Map<string, Row>();
  #line: Line = { start: 0, end: -1, isLong: false };

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the head of the column of a value that fills a cell. */
  headOf(start: number, end: number): Cell | undefined {
    const delimiter = delimiterOf(this.#text, start, end);
    if (delimiter === undefined) return undefined;
    if (start < this.#line.start || start > this.#line.end) this.#line = lineAt(this.#text, start);
    if (this.#line.isLong) return undefined;
    const row = this.#row(this.#line, delimiter);
    if (row.names.length === 0) return undefined;
    if (start < row.at) {
      row.at = row.line.start;
      row.index = 0;
    }
    for (;;) {
      const cellEnds = cellEnd(this.#text, row.at, row.line.end, delimiter);
      if (cellEnds >= start || cellEnds >= row.line.end) break;
      row.at = cellEnds + 1;
      row.index++;
    }
    const name = row.names[row.index];
    return name && name.end - name.start <= HEAD_LENGTH_MAX ? name : undefined;
  }

  #row(line: Line, delimiter: string): Row {
    const last = this.#rows.get(delimiter);
    if (last?.line.start === line.start) return last;
    const columns = countCells(this.#text, line, delimiter);
    const head = columns < 2 ? line : this.#head(line, delimiter, columns, last);
    const isFirst = head.start === line.start;
    const names =
      last?.head.start === head.start ? last.names : cellsOf(this.#text, head, delimiter);
    const row = { line, columns, head, names: isFirst ? [] : names, at: line.start, index: 0 };
    this.#rows.set(delimiter, row);
    return row;
  }

  /** Returns the first of the adjacent lines with as many cells. */
  #head(line: Line, delimiter: string, columns: number, last: Row | undefined): Line {
    let head = line;
    let misses = 0;
    for (let at = line; line.start - at.start < TABLE_LENGTH_MAX;) {
      if (last?.columns === columns && last.line.start === at.start) return last.head;
      if (at.start === 0) break;
      const before = lineAt(this.#text, at.start - 1);
      if (before.isLong) break;
      const count = countCells(this.#text, before, delimiter);
      misses = count === columns ? 0 : misses + 1;
      if (count < 2 || misses > MISSES_MAX) break;
      at = before;
      if (misses === 0) head = at;
    }
    return head;
  }
}

/** Whether delimiters or line ends are on both sides of a candidate, or it is a part of more. */
export function mayBeInTable(text: string, start: number, end: number): boolean {
  return delimiterOf(text, start, end) !== undefined;
}

/** Returns the delimiter beside a value that fills a cell, apart from quotes, blanks and signs. */
function delimiterOf(text: string, start: number, end: number): string | undefined {
  let from = start - 1;
  while (start - from <= PADDING_MAX && isPadding(text.charCodeAt(from))) from--;
  const isBefore = isDelimiter(text.charCodeAt(from));
  if (!isBefore && !isEdge(text, from)) return undefined;
  let to = end;
  while (to - end < PADDING_MAX && isPadding(text.charCodeAt(to))) to++;
  const isAfter = isDelimiter(text.charCodeAt(to));
  if (!isAfter && !isEdge(text, to)) return undefined;
  if (isBefore && isAfter && text[from] !== text[to]) return undefined;
  return isBefore ? text[from] : isAfter ? text[to] : undefined;
}

function isDelimiter(code: number): boolean {
  return code === 44 || code === 59 || code === 9 || code === 124;
}

/** Whether a line begins or ends here, or the row of an SQL `INSERT`. */
function isEdge(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (Number.isNaN(code) || code === NEWLINE || code === 13 || code === 40 || code === 41)
    return true;
  return code === BACKSLASH || isEscapedNewline(text, at);
}

function isPadding(code: number): boolean {
  return code === SPACE || code === 34 || code === 39 || code === PLUS;
}

/** Returns the line around `at`; line feeds may be escaped. */
function lineAt(text: string, at: number): Line {
  let start = at;
  while (start > 0 && at - start <= LINE_LENGTH_MAX && !isLineEnd(text, start - 1)) start--;
  const limit = Math.min(text.length, at + LINE_LENGTH_MAX);
  let end = at;
  while (end < limit && !isLineEnd(text, end)) end++;
  if (isEscapedNewline(text, end) && end > start) end--;
  return { start, end, isLong: end - start >= LINE_LENGTH_MAX };
}

/** Whether a line ends with the character: a line feed, or the `n` of an escaped one. */
function isLineEnd(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === NEWLINE || (code === SMALL_N && isEscapedNewline(text, at));
}

function isEscapedNewline(text: string, at: number): boolean {
  return text.charCodeAt(at) === SMALL_N && text.charCodeAt(at - 1) === BACKSLASH;
}

/** Counts the cells of a line; delimiters in quotes, and one after the `)` of an SQL row, are none. */
function countCells(text: string, line: Line, delimiter: string): number {
  let count = 1;
  let at = line.start;
  for (; (at = cellEnd(text, at, line.end, delimiter)) < line.end; at++) {
    if (text[at - 1] === ')' && at >= line.end - 2) break;
    count++;
  }
  return count;
}

function cellsOf(text: string, line: Line, delimiter: string): Cell[] {
  const cells: Cell[] = [];
  for (let start = line.start; start <= line.end;) {
    const end = cellEnd(text, start, line.end, delimiter);
    cells.push({ start, end });
    start = end + 1;
  }
  return cells;
}

/** Returns the end of the cell that starts at `start`. */
function cellEnd(text: string, start: number, end: number, delimiter: string): number {
  const code = delimiter.charCodeAt(0);
  let at = start;
  while (at < end && (text[at] === ' ' || text[at] === '(')) at++;
  const quote = text.charAt(at);
  if (quote === '"' || quote === "'") {
    at++;
    while (at < end && text[at] !== quote) at++;
  }
  while (at < end && text.charCodeAt(at) !== code) at++;
  return at;
}
