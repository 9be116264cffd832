// Reads the tables of a text: the cells below a heading that says what they are. A word or a number beside a
// delimiter makes it look for a row of headings; it then reads the rows once, behind the position of the scan.

import { isWord } from './characters.ts';
import type { CellTest, Range } from './detector.ts';
import { firstLine, isCell, isHeading, lineStart } from './table-places.ts';
import * as tableRows from './table-rows.ts';

/** A column whose cells are offered to the owner of its heading. */
export interface Column<Owner> {
  readonly index: number;
  readonly owner: Owner;
  readonly isValue: CellTest;
}

export interface Headings<Owner> {
  /** Returns the columns that a row of headings identifies. */
  readonly columnsOf: (headings: readonly string[]) => readonly Column<Owner>[];
  /** Whether a heading may be the context of a value. */
  readonly isContext: (heading: string) => boolean;
}

/** Words between the columns and the rows of an SQL statement. */
export const STATEMENT_WORDS: readonly string[] = ['values', 'from stdin'];
/** What may be before them: the end of the columns, or a blank, which may be escaped. */
export const STATEMENT_BEFORE = /[)\snrt]/;

/** Open tuples that are read whatever the length of the text. */
const OPEN_TUPLES_MAX = 4;
const COLUMNS_END = /\)(?:\s|\\[nrt]){0,16}$/;
const COLUMNS_END_LENGTH = 33;

interface Table<Owner> {
  readonly rows: tableRows.TableRows;
  readonly headings: readonly string[];
  readonly columns: readonly Column<Owner>[];
}

/** The cells of a row and what stands above them. */
interface ReadRow {
  readonly cells: readonly Range[];
  readonly headings: readonly string[];
}

const NO_ROW: ReadRow = { cells: [], headings: [] };

export class TableReader<Owner> {
  readonly #text: string;
  readonly #headings: Headings<Owner>;
  readonly #found: (owner: Owner, cell: Range) => void;
  #table: Table<Owner> | undefined;
  /** Everything before it has been read. */
  #at = 0;
  /** Whether the rest of a line that is too long for a row begins there. */
  #isInLongLine = false;
  #openTuples = 0;
  #lastRow = NO_ROW;
  #rowBefore = NO_ROW;

  /** @param found receives the cells to protect */
  constructor(text: string, headings: Headings<Owner>, found: (owner: Owner, cell: Range) => void) {
    this.#text = text;
    this.#headings = headings;
    this.#found = found;
  }

  /** Looks for a row of headings around a word that may be one. */
  word(start: number, end: number): void {
    if (start < this.#at || !isHeading(this.#text, start, end) || this.#isInTable(start)) return;
    this.#search(lineStart(this.#text, start, this.#at), start);
  }

  /** Looks for a row of headings above a number that may be a cell. */
  number(start: number, end: number): void {
    if (start < this.#at || !isCell(this.#text, start, end) || this.#isInTable(start)) return;
    this.#search(firstLine(this.#text, start, this.#at), start);
  }

  /** Reads the rows of an SQL statement if the word stands behind its columns. */
  statement(start: number, end: number): void {
    if (this.#isInTable(start) || this.#hasOpenTuples(start)) return;
    const before = this.#text.slice(Math.max(0, start - COLUMNS_END_LENGTH), start);
    const close = COLUMNS_END.exec(before)?.[0].length;
    if (close === undefined) return;
    const rowsAfter = isWord(this.#text.charCodeAt(start + 4))
      ? tableRows.tuplesAfter
      : tableRows.copiedAfter;
    this.#open(rowsAfter(this.#text, start - close, end));
  }

  /** Returns the heading of the column with the character at `at`, which the scan has just reached. */
  headingOf(at: number): string | undefined {
    this.advance(at + 1);
    for (const { cells, headings } of [this.#lastRow, this.#rowBefore]) {
      const index = cells.findIndex((cell) => cell.start <= at && at < cell.end);
      if (index >= 0) return headings[index];
    }
    return undefined;
  }

  /** Reads the rows that begin before `to`. */
  advance(to: number): void {
    while (this.#table && this.#at < to) {
      const { rows, columns, headings } = this.#table;
      const row = rows.next(this.#at);
      if (!row || row === tableRows.OPEN_TUPLE) this.#close(row);
      else if (row.cells.length > 0 || !this.#openAt(this.#at)) {
        this.#at = row.end;
        this.#rowBefore = this.#lastRow;
        this.#lastRow = { cells: row.cells, headings };
        for (const column of columns) this.#offer(column, row.cells[column.index]);
      }
    }
  }

  #close(row: tableRows.Row | undefined): void {
    if (row) this.#openTuples++;
    this.#table = undefined;
  }

  #offer({ owner, isValue }: Column<Owner>, cell: Range | undefined): void {
    if (cell && cell.end > cell.start && isValue(this.#text.slice(cell.start, cell.end)))
      this.#found(owner, cell);
  }

  /** Whether so many tuples did not end that reading more takes more than linear time. */
  #hasOpenTuples(at: number): boolean {
    return (this.#openTuples - OPEN_TUPLES_MAX) * tableRows.TUPLE_LENGTH_MAX > at;
  }

  #isInTable(at: number): boolean {
    this.advance(at);
    return this.#table !== undefined;
  }

  /** Searches the lines from the one at `from` to the one with `to` for a row of headings. */
  #search(from: number | undefined, to: number): void {
    if (from === undefined) {
      this.#at = to + 1;
      this.#isInLongLine = true;
      return;
    }
    let isRest = this.#isInLongLine && from === this.#at;
    for (let at = from; at <= to;) {
      const line = tableRows.lineAt(this.#text, at);
      this.#isInLongLine = line === undefined;
      if (line && !isRest && this.#open(tableRows.rowsBelow(this.#text, line))) return;
      at = this.#at = line ? line.end + line.lineBreak.length : at + tableRows.LINE_LENGTH_MAX;
      isRest = !line;
    }
  }

  #openAt(at: number): boolean {
    const line = tableRows.lineAt(this.#text, at);
    return line !== undefined && this.#open(tableRows.rowsBelow(this.#text, line));
  }

  #open(rows: tableRows.TableRows | undefined): boolean {
    if (!rows) return false;
    const headings = rows.headings.map(({ start, end }) => this.#text.slice(start, end));
    const columns = this.#headings.columnsOf(headings);
    if (columns.length === 0 && !headings.some(this.#headings.isContext)) return false;
    this.#table = { rows, headings, columns };
    this.#at = rows.start;
    return true;
  }
}
