// The rows below a row of headings: lines with the same delimiter, or the tuples of an SQL statement. Each
// row is read once, in a bounded window.

import { SPACE } from './characters.ts';
import type { Range } from './detector.ts';
import { cellsOfLine, cellsOfTuple, isBar, TAB } from './table-cells.ts';
import { areHeadings, firstDelimiter } from './table-headings.ts';

/** Longer lines are no rows of a table that people or exports write. */
export const LINE_LENGTH_MAX = 16_384;
export const TUPLE_LENGTH_MAX = 65_536;
const HEADINGS_LENGTH_MAX = 4_096;
/** Adjacent lines with another number of cells, such as of an unquoted delimiter. */
const MISSES_MAX = 2;

/** A line break may be escaped, as in JSON within a text. */
const LINE_BREAK = /\r?\n|\\r\\n|\\n/;
const REAL_BREAK = /\r?\n/;
/** The rule between the headings and the rows of Markdown and of terminals. */
const RULE = /^[\s|:+=\-\u2500-\u257f]*[-=\u2500\u2550][\s|:+=\-\u2500-\u257f]*$/;
const TUPLE_START = /(?:[\s,]|\\[nrt]){0,64}\(/y;
/** The mark that opens a string, as of a program, in which the line ends. */
const STRING_START = /(?:^|[:=([{,])\s{0,8}(["'`])(?:(?!\1)[^\\]|\\[^])*$/;

export interface Row {
  /** Empty for a line between rows. */
  readonly cells: readonly Range[];
  /** Where the next row may begin. */
  readonly end: number;
}

/** What reads as a tuple, and does not end within bounds. */
export const OPEN_TUPLE: Row = { cells: [], end: 0 };

/** The rows of one table. Asked for one after another. */
export interface TableRows {
  readonly headings: readonly Range[];
  /** Where the first row may begin. */
  readonly start: number;
  /** Returns the row at an offset, or undefined if the table ends there. */
  readonly next: (at: number) => Row | undefined;
}

export interface Line extends Range {
  readonly lineBreak: string;
}

/** Returns the line that starts at `start`, or undefined if it is too long for a row. */
export function lineAt(text: string, start: number, ending: RegExp = LINE_BREAK): Line | undefined {
  const window = text.slice(start, start + LINE_LENGTH_MAX);
  const match = ending.exec(window);
  if (match) return { start, end: start + match.index, lineBreak: match[0] };
  const end = start + window.length;
  return end < text.length ? undefined : { start, end, lineBreak: '' };
}

/** Returns the rows below a line if that is a row of headings. */
export function rowsBelow(text: string, line: Line): TableRows | undefined {
  const { end, lineBreak } = line;
  if (lineBreak === '' || end - line.start > HEADINGS_LENGTH_MAX) return undefined;
  const isEscaped = lineBreak.startsWith('\\');
  const string = isEscaped ? STRING_START.exec(text.slice(line.start, end)) : null;
  const start = string
    ? end - string[0].length + string[0].indexOf(string[1] ?? '') + 1
    : line.start;
  const delimiter = firstDelimiter(text, start, end);
  if (delimiter === undefined) return undefined;
  const headings = cellsOfLine(text, { start, end }, delimiter);
  if (!areHeadings(text, headings)) return undefined;
  const mark = string?.[1] ?? (/(?<!\\)"/.test(text.slice(start, end)) ? '' : '"');
  const ending = isEscaped ? endingIn(mark) : REAL_BREAK;
  const lines = new Lines(text, headings, delimiter, ending);
  const first = end + lineBreak.length;
  if (!lines.hasRow(first)) return undefined;
  return { headings, start: first, next: (at) => lines.row(at) };
}

/** Returns the tuples after `(a, b) VALUES`, where the list of columns ends at `close`. */
export function tuplesAfter(text: string, close: number, start: number): TableRows | undefined {
  const headings = columnList(text, close);
  return headings && { headings, start, next: (at) => tupleAt(text, at) };
}

/** Returns the lines after `COPY t (a, b) FROM stdin;`. */
export function copiedAfter(text: string, close: number, start: number): TableRows | undefined {
  const headings = columnList(text, close);
  const line = headings && lineAt(text, start);
  if (!line || line.lineBreak === '') return undefined;
  const lines = new Lines(text, headings, TAB, REAL_BREAK);
  return { headings, start: line.end + line.lineBreak.length, next: (at) => lines.row(at) };
}

/** Returns the columns in the brackets that end at `close`. */
function columnList(text: string, close: number): Range[] | undefined {
  const limit = Math.max(0, close - HEADINGS_LENGTH_MAX);
  let start = close;
  while (start > limit && !'()'.includes(text.charAt(start - 1))) start--;
  return text[start - 1] === '(' ? cellsOfTuple(text, start, close + 1)?.cells : undefined;
}

/** A line of an escaped table ends where its string does. */
function endingIn(mark: string): RegExp {
  return mark === '' ? LINE_BREAK : new RegExp(`${LINE_BREAK.source}|(?<!\\\\)${mark}`);
}

class Lines {
  readonly #text: string;
  readonly #delimiter: number;
  readonly #width: number;
  readonly #ending: RegExp;
  /** Whether no heading follows its delimiter after a blank, so that this is text in a cell. */
  readonly #isTight: boolean;
  #misses = 0;
  #isInLongLine = false;
  #isLast = false;

  constructor(text: string, headings: readonly Range[], delimiter: number, ending: RegExp) {
    this.#text = text;
    this.#delimiter = delimiter;
    this.#width = headings.length;
    this.#ending = ending;
    this.#isTight = !headings.some((heading) => this.#isLoose(heading));
  }

  /** Whether one of the next lines is a row. */
  hasRow(start: number): boolean {
    let row: Row | undefined;
    for (let [lines, at] = [0, start]; lines <= MISSES_MAX + 1; lines++, at = row.end) {
      row = this.row(at);
      if (!row || row.cells.length > 0) break;
    }
    this.#misses = 0;
    this.#isInLongLine = this.#isLast = false;
    return row !== undefined && row.cells.length > 0;
  }

  row(at: number): Row | undefined {
    const text = this.#text;
    if (this.#isLast) return undefined;
    const line = lineAt(text, at, this.#ending);
    const wasInLongLine = this.#isInLongLine;
    this.#isInLongLine = line === undefined;
    if (!line) return { cells: [], end: at + LINE_LENGTH_MAX };
    const end = line.end + line.lineBreak.length;
    this.#isLast = !/n|\n/.test(line.lineBreak);
    if (wasInLongLine) return { cells: [], end };
    if (isBar(this.#delimiter) && RULE.test(text.slice(at, line.end))) return { cells: [], end };
    const cells = this.#joined(cellsOfLine(text, line, this.#delimiter));
    const isRow = cells.length === this.#width;
    this.#misses = isRow ? 0 : this.#misses + 1;
    if (cells.length < 2 || this.#misses > MISSES_MAX) return undefined;
    return { cells: isRow ? cells : [], end };
  }

  /** Joins cells at unquoted commas of texts: `1,12 Elm Road, Leeds,open`. */
  #joined(cells: readonly Range[]): readonly Range[] {
    if (!this.#isTight || cells.length <= this.#width) return cells;
    const joined: Range[] = [];
    for (const cell of cells) {
      const last = joined.at(-1);
      if (last && this.#isLoose(cell))
        joined[joined.length - 1] = { start: last.start, end: cell.end };
      else joined.push(cell);
    }
    return joined;
  }

  #isLoose({ start }: Range): boolean {
    return (
      this.#text.charCodeAt(start - 1) === SPACE &&
      this.#text.charCodeAt(start - 2) === this.#delimiter
    );
  }
}

function tupleAt(text: string, from: number): Row | undefined {
  TUPLE_START.lastIndex = from;
  if (!TUPLE_START.test(text)) return undefined;
  const start = TUPLE_START.lastIndex;
  const tuple = cellsOfTuple(text, start, Math.min(text.length, start + TUPLE_LENGTH_MAX));
  return tuple ?? OPEN_TUPLE;
}
