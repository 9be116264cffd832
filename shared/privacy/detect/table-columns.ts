// Values that only the heading of their column identifies: rows of CSV, TSV and Markdown tables, and of SQL
// inserts. The scanner reads a table once, row by row behind its own position, so that rows far below the
// heading are found and no step is long.

import { DOT, isWord, MINUS } from './characters.ts';
import type { Range } from './detector.ts';

/** Tells whether a cell of the column holds a value to protect. */
export type CellTest = (cell: string) => boolean;

/** Longer lines are not rows of a table that people or exports write. */
const ROW_LENGTH_MAX = 4_096;
const CELLS_MAX = 256;
const HEADING_LENGTH_MAX = 48;
const DELIMITERS = ',;\t|';

const HEADING = /^[\p{L}_](?:[\p{L}\p{N}_ .:()/#-]*[\p{L}\p{N}_:)#])?$/u;
const MARKDOWN_RULE = /^[\s|:-]*-[\s|:-]*$/;
/** What may stand between the columns and the rows of an insert. */
const VALUES = /\)\s{0,16}values?\s{0,16}(?=\()/iy;
const TUPLE_START = /[\s,]{0,64}\(/y;

interface Row {
  readonly cells: readonly Range[];
  readonly end: number;
}

interface Column<Owner> {
  readonly index: number;
  readonly isValue: CellTest;
  readonly owner: Owner;
}

interface Table<Owner> {
  readonly headingStart: number;
  readonly width: number;
  readonly columns: Column<Owner>[];
  readonly nextRow: (at: number) => Row | undefined;
  /** Where the next row begins. */
  at: number;
}

/** Follows the current table of a text; `found` receives the cells to protect. */
export class TableColumns<Owner> {
  readonly #text: string;
  readonly #found: (owner: Owner, range: Range) => void;
  #table: Table<Owner> | undefined;

  constructor(text: string, found: (owner: Owner, range: Range) => void) {
    this.#text = text;
    this.#found = found;
  }

  /**
   * Takes the keyword at `[start, end)` for a heading if it stands in a row of headings.
   * @param testOf returns the test for the cells below the heading
   */
  heading(
    owner: Owner,
    start: number,
    end: number,
    testOf: (heading: string) => CellTest | undefined,
  ): void {
    const table = this.#table;
    if (!isBesideDelimiter(this.#text, start, end)) return;
    if (table && start >= table.headingStart && start < table.at) {
      if (table.headingStart < start && this.#isHeadingOf(table, start)) {
        this.#addColumn(table, owner, start, testOf);
      }
      return;
    }
    this.advance(start);
    if (this.#table && start < this.#table.at) return;
    const found = tableAt<Owner>(this.#text, start);
    if (!found) return;
    this.#addColumn(found, owner, start, testOf);
    if (found.columns.length > 0) this.#table = found;
  }

  /** Reads the rows that begin before `to`. */
  advance(to: number): void {
    const table = this.#table;
    while (table && this.#table === table && table.at < to) {
      const row = table.nextRow(table.at);
      if (!row || row.cells.length !== table.width || row.end <= table.at) {
        this.#table = undefined;
        return;
      }
      for (const { index, isValue, owner } of table.columns) {
        const cell = row.cells[index];
        if (cell && cell.end > cell.start && isValue(this.#text.slice(cell.start, cell.end)))
          this.#found(owner, cell);
      }
      table.at = row.end;
    }
  }

  #isHeadingOf(table: Table<Owner>, start: number): boolean {
    const headings = headingRow(this.#text, start);
    return headings?.start === table.headingStart;
  }

  #addColumn(
    table: Table<Owner>,
    owner: Owner,
    start: number,
    testOf: (heading: string) => CellTest | undefined,
  ): void {
    const cells = headingRow(this.#text, start)?.cells ?? [];
    const index = cells.findIndex((cell) => cell.start <= start && start < cell.end);
    const cell = cells[index];
    if (!cell || table.columns.some((column) => column.index === index)) return;
    const isValue = testOf(this.#text.slice(cell.start, cell.end));
    if (isValue) table.columns.push({ index, isValue, owner });
  }
}

interface Headings extends Row {
  readonly start: number;
  readonly delimiter: string;
}

function tableAt<Owner>(text: string, at: number): Table<Owner> | undefined {
  const headings = headingRow(text, at);
  if (!headings) return undefined;
  const { start, end, delimiter, cells } = headings;
  const width = cells.length;
  const isInsert = delimiter === '(';
  const breakOf = lineBreakAt(text, end);
  if (!isInsert && breakOf === undefined) return undefined;
  const nextRow = isInsert
    ? (from: number) => tupleAt(text, from)
    : (from: number) => lineAt(text, from, delimiter, breakOf ?? '\n', width);
  const first = isInsert ? end : end + (breakOf?.length ?? 0);
  return { headingStart: start, width, columns: [], nextRow, at: first };
}

/** Returns the row of headings around `at`. */
function headingRow(text: string, at: number): Headings | undefined {
  const before = text.slice(Math.max(0, at - ROW_LENGTH_MAX / 4), at);
  const after = text.slice(at, at + ROW_LENGTH_MAX / 4);
  const bracket = before.lastIndexOf('(');
  const inner = bracket < 0 ? -1 : after.indexOf(')');
  if (inner >= 0) {
    VALUES.lastIndex = at + inner;
    if (VALUES.test(text)) {
      const start = at - before.length + bracket + 1;
      const cells = split(text, start, at + inner, ',');
      return areHeadings(text, cells)
        ? { start, end: VALUES.lastIndex, delimiter: '(', cells }
        : undefined;
    }
  }
  const escape = before.lastIndexOf('\\n');
  const start =
    at - before.length + Math.max(before.lastIndexOf('\n') + 1, escape < 0 ? 0 : escape + 2);
  const length = after.search(/\r?\n|\\r\\n|\\n/);
  if (length < 0) return undefined;
  const end = at + length;
  const line = text.slice(start, end);
  const delimiter = Array.from(DELIMITERS).find((each) => line.includes(each));
  if (delimiter === undefined) return undefined;
  const cells = split(text, start, end, delimiter);
  return areHeadings(text, cells) ? { start, end, delimiter, cells } : undefined;
}

function areHeadings(text: string, cells: readonly Range[]): boolean {
  return (
    cells.length > 1 &&
    cells.length <= CELLS_MAX &&
    cells.every(
      ({ start, end }) => end - start <= HEADING_LENGTH_MAX && HEADING.test(text.slice(start, end)),
    )
  );
}

function lineBreakAt(text: string, at: number): string | undefined {
  return ['\n', '\r\n', '\\n', '\\r\\n'].find((each) => text.startsWith(each, at));
}

function lineAt(
  text: string,
  from: number,
  delimiter: string,
  lineBreak: string,
  width: number,
): Row | undefined {
  if (from >= text.length) return undefined;
  const window = text.slice(from, from + ROW_LENGTH_MAX);
  const length = window.indexOf(lineBreak);
  if (length < 0 && from + window.length < text.length) return undefined;
  const end = from + (length < 0 ? window.length : length);
  const next = Math.min(text.length, end + (length < 0 ? 0 : lineBreak.length));
  const line = text.slice(from, end);
  if (delimiter === '|' && MARKDOWN_RULE.test(line)) {
    return { cells: Array.from({ length: width }, () => ({ start: from, end: from })), end: next };
  }
  return { cells: split(text, from, end, delimiter), end: next };
}

function tupleAt(text: string, from: number): Row | undefined {
  TUPLE_START.lastIndex = from;
  if (!TUPLE_START.test(text)) return undefined;
  const start = TUPLE_START.lastIndex;
  let quote = '';
  for (let at = start; at < Math.min(text.length, start + ROW_LENGTH_MAX); at++) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\') at++;
      else if (char === quote) quote = '';
    } else if (char === "'" || char === '"') quote = char;
    else if (char === ')') return { cells: split(text, start, at, ','), end: at + 1 };
  }
  return undefined;
}

/** Cells without blanks and quotes around them; outer bars of Markdown enclose no cell. */
function split(text: string, from: number, to: number, delimiter: string): Range[] {
  let [start, end] = trimmed(text, from, to);
  if (delimiter === '|') {
    if (text[start] === '|') start++;
    if (end > start && text[end - 1] === '|') end--;
  }
  const cells: Range[] = [];
  let cellStart = start;
  let quote = '';
  for (let at = start; at <= end && cells.length <= CELLS_MAX; at++) {
    const char = text.charAt(at);
    if (at < end && quote !== '') {
      if (char === quote) quote = '';
    } else if (at < end && (char === '"' || char === "'") && isOpening(text, at, cellStart))
      quote = char;
    else if (at === end || char === delimiter) {
      cells.push(unquoted(text, cellStart, at));
      cellStart = at + 1;
    }
  }
  return cells;
}

/** Apostrophes inside a cell quote nothing. */
function isOpening(text: string, at: number, cellStart: number): boolean {
  return text.slice(cellStart, at).trim() === '';
}

function unquoted(text: string, from: number, to: number): Range {
  const [start, end] = trimmed(text, from, to);
  const mark = text[start];
  const isQuoted =
    end - start > 1 && (mark === '"' || mark === "'" || mark === '`') && text[end - 1] === mark;
  return isQuoted ? { start: start + 1, end: end - 1 } : { start, end };
}

function trimmed(text: string, from: number, to: number): [start: number, end: number] {
  let [start, end] = [from, to];
  while (start < end && ' \t\r'.includes(text.charAt(start)) && text.charAt(start) !== '') start++;
  while (end > start && ' \t\r'.includes(text.charAt(end - 1))) end--;
  return [start, end];
}

/** Rejects most keywords early: in a row of headings a delimiter or a line end is near. */
function isBesideDelimiter(text: string, start: number, end: number): boolean {
  let after = end;
  while (after < end + HEADING_LENGTH_MAX && isHeadingChar(text.charCodeAt(after))) after++;
  if (!isDelimiter(text.charAt(after), ')')) return false;
  let before = start - 1;
  while (before > start - HEADING_LENGTH_MAX && isHeadingChar(text.charCodeAt(before))) before--;
  return (
    isDelimiter(text.charAt(before), '(') || (text[before] === 'n' && text[before - 1] === '\\')
  );
}

/** Letters, digits, blanks, quotes and what else may stand in a heading. */
function isHeadingChar(code: number): boolean {
  return (
    isWord(code) ||
    code >= 0xc0 ||
    code === 0x20 ||
    code === 0x22 ||
    code === 0x27 ||
    code === 0x60 ||
    code === MINUS ||
    code === DOT
  );
}

function isDelimiter(char: string, bracket: string): boolean {
  return (
    char === '' ||
    char === '\n' ||
    char === '\r' ||
    char === '\\' ||
    char === bracket ||
    DELIMITERS.includes(char)
  );
}
