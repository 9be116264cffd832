// The values below the heads of columns: CSV and its relatives, tables of Markdown and psql, and INSERT
// statements of SQL. The pass finds the heads; this reads each table once, from its first head on.

import type { Detector, Finding, Range } from './detector.ts';

/** A longer line is no row of a table. */
const LINE_LENGTH_MAX = 4_096;
/** Rows and lines read between two yields: about a millisecond. */
const SLICE_ROWS = 64;
/** Columns of a table. */
const CELLS_MAX = 200;

/** Replaces the heads of columns among the findings by the values below them. */
export function* columnValues(text: string, findings: Finding[]): Generator<void, Finding[]> {
  if (!findings.some(isHead)) return findings;
  const found = findings.filter((finding) => !isHead(finding));
  const heads = findings.filter(isHead).toSorted((a, b) => a.start - b.start);
  let readTo = 0;
  let rows = 0;
  for (let at = 0; at < heads.length;) {
    const line = lineAround(text, heads[at]?.start ?? 0);
    const ofLine: Finding[] = [];
    for (let head = heads[at]; head && head.start < line.end; head = heads[(at += 1)])
      ofLine.push(head);
    if (line.start < readTo) continue;
    const table = tableAt(text, line, ofLine);
    if (!table) continue;
    readTo = line.end;
    for (const row of table.rows) {
      readTo = Math.max(readTo, row.end);
      for (const [column, detector] of table.detectors) {
        const cell = row.cells[column];
        if (cell && detector.cells?.accepts(text.slice(cell.start, cell.end)))
          found.push({ ...cell, detector });
      }
      if ((rows += 1) % SLICE_ROWS === 0) yield;
    }
  }
  return found;
}

function isHead({ detector }: Finding): boolean {
  return detector.cells !== undefined;
}

interface Row extends Range {
  readonly cells: readonly Range[];
}

interface Table {
  readonly detectors: ReadonlyMap<number, Detector>;
  readonly rows: Iterable<Row>;
}

const INSERT = /\binsert\s{1,4}(?:ignore\s{1,4})?into\s{1,4}[^\s(]{1,80}\s{0,4}\($/i;
const VALUES = /^\)\s{0,8}values\s{0,8}/i;

function tableAt(text: string, line: Range, heads: readonly Finding[]): Table | undefined {
  const [first] = heads;
  if (!first) return undefined;
  const open = line.start + text.slice(line.start, first.start).lastIndexOf('(');
  if (open >= line.start && INSERT.test(text.slice(Math.max(line.start, open - 120), open + 1))) {
    return insertedAt(text, open, heads);
  }
  if (line.end - line.start > LINE_LENGTH_MAX) return undefined;
  const separator = separatorOf(text, line, first);
  if (separator === undefined) return undefined;
  const cells = cellsOf(text, line, separator);
  if (cells.length < 2 || !cells.every((cell) => isTitle(text, cell))) return undefined;
  const detectors = detectorsOf(cells, heads);
  return detectors.size === 0
    ? undefined
    : { detectors, rows: rowsBelow(text, line, separator, cells.length) };
}

/** A word or some, as at the head of a column; empty at the edges of Markdown's tables. */
function isTitle(text: string, { start, end }: Range): boolean {
  return end - start <= 40 && /^[\p{L}\p{M}\d _.#/()*:-]*$/u.test(text.slice(start, end));
}

function detectorsOf(cells: readonly Range[], heads: readonly Finding[]): Map<number, Detector> {
  const detectors = new Map<number, Detector>();
  for (const { start, end, detector } of heads) {
    const column = cells.findIndex((cell) => cell.start <= start && end <= cell.end);
    if (column >= 0 && !detectors.has(column)) detectors.set(column, detector);
  }
  return detectors;
}

/** What stands beside the head between it and the next cell. */
function separatorOf(text: string, line: Range, head: Range): string | undefined {
  const after = /^["'` *]{0,20}([,;|\t])/.exec(
    text.slice(head.end, Math.min(line.end, head.end + 24)),
  )?.[1];
  if (after !== undefined) return after;
  return /([,;|\t])["'` *]{0,20}$/.exec(
    text.slice(Math.max(line.start, head.start - 24), head.start),
  )?.[1];
}

function* rowsBelow(text: string, head: Range, separator: string, columns: number): Generator<Row> {
  let at = head.end;
  for (;;) {
    const next = lineStart(text, at);
    if (next === undefined) return;
    const line = { start: next, end: lineEnd(text, next) };
    if (line.end - line.start > LINE_LENGTH_MAX) return;
    at = line.end;
    // The rule below the heads of Markdown and psql.
    if (
      separator === '|' &&
      /^[\s|:+-]+$/.test(text.slice(line.start, line.end)) &&
      line.end > line.start
    )
      continue;
    const cells = cellsOf(text, line, separator);
    if (cells.length !== columns) return;
    yield { ...line, cells };
  }
}

/** The cells of a line, without quotes and blanks. */
function cellsOf(text: string, line: Range, separator: string): Range[] {
  const cells: Range[] = [];
  let from = line.start;
  let isQuoted = false;
  for (let at = line.start; at <= line.end && cells.length < CELLS_MAX; at += 1) {
    const char = at === line.end ? separator : text[at];
    if (char === '"' && separator !== '|') isQuoted = !isQuoted;
    if (char !== separator || (isQuoted && at < line.end)) continue;
    cells.push(trimmed(text, from, at));
    from = at + 1;
  }
  return cells;
}

/** The rows after `INSERT INTO t (…) VALUES`. */
function insertedAt(text: string, open: number, heads: readonly Finding[]): Table | undefined {
  const close = text.slice(open, open + LINE_LENGTH_MAX).indexOf(')');
  if (close < 0) return undefined;
  const values = VALUES.exec(text.slice(open + close, open + close + 40));
  if (!values) return undefined;
  const cells = cellsOf(text, { start: open + 1, end: open + close }, ',');
  const from = open + close + values[0].length;
  return { detectors: detectorsOf(cells, heads), rows: tuples(text, from) };
}

function* tuples(text: string, from: number): Generator<Row> {
  for (let at = from; text[at] === '(';) {
    const cells: Range[] = [];
    let start = at + 1;
    let quote = '';
    let end = start;
    for (; end < Math.min(text.length, at + LINE_LENGTH_MAX); end += 1) {
      const char = text[end] ?? '';
      if (quote !== '') {
        if (char === '\\') end += 1;
        else if (char === quote) quote = '';
      } else if (char === "'" || char === '"') quote = char;
      else if (char === ',' || char === ')') {
        cells.push(trimmed(text, start, end));
        start = end + 1;
        if (char === ')') break;
      }
    }
    if (text[end] !== ')') return;
    yield { start: at, end: end + 1, cells };
    const gap = /^(?:\s|\\[nrt]){0,8},(?:\s|\\[nrt]){0,24}/.exec(text.slice(end + 1, end + 60));
    if (!gap) return;
    at = end + 1 + gap[0].length;
  }
}

function trimmed(text: string, start: number, end: number): Range {
  let [from, to] = [start, end];
  while (from < to && ' \t\r"\'`*\\'.includes(text[from] ?? '')) from += 1;
  while (to > from && ' \t\r"\'`*\\'.includes(text[to - 1] ?? '')) to -= 1;
  return { start: from, end: to };
}

/** The line of `at`, which may end in an escaped break: `\n` in JSON within a text. */
function lineAround(text: string, at: number): Range {
  const from = Math.max(0, at - LINE_LENGTH_MAX);
  const before = text.slice(from, at);
  const start = Math.max(
    before.lastIndexOf('\n') + 1,
    before.lastIndexOf('\\n') + 2 * Number(before.includes('\\n')),
  );
  return { start: from + start, end: lineEnd(text, at) };
}

function lineEnd(text: string, from: number): number {
  const window = text.slice(from, from + LINE_LENGTH_MAX + 1);
  const end = /\r?\n|\\r\\n|\\n/.exec(window)?.index;
  return from + (end ?? window.length);
}

/** Where the line after `end` starts; undefined at the end of the text. */
function lineStart(text: string, end: number): number | undefined {
  const length = /^(?:\r?\n|\\r\\n|\\n)/.exec(text.slice(end, end + 4))?.[0].length;
  return length === undefined || end + length >= text.length ? undefined : end + length;
}
