// Writes results to standard output and notes to standard error: tables on a terminal, tabs in a pipe, JSON
// with `--json`, and with `--quiet` only names and no notes.

import { styleText } from 'node:util';
import { NOTHING, tabbed, tableLines, type Column } from './table.ts';
import type { Output, World } from './world.ts';

export interface PrinterOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
}

type Style = 'bold' | 'green' | 'yellow' | 'red';

const STATE_STYLES: Readonly<Record<string, Style>> = {
  active: 'green',
  ready: 'green',
  ok: 'green',
  expired: 'yellow',
  waiting: 'yellow',
  indexing: 'yellow',
  removing: 'yellow',
  revoked: 'red',
  failed: 'red',
  fail: 'red',
};

export class Printer {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #hasColours: boolean;

  constructor({ stdout, stderr, env }: World, { isJson, isQuiet }: PrinterOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.isJson = isJson;
    this.isQuiet = isQuiet;
    this.#hasColours = stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  }

  get isTerminal(): boolean {
    return this.#stdout.isTTY === true;
  }

  line(text: string): void {
    this.#stdout.write(`${text}\n`);
  }

  /** A line on standard error. */
  note(text: string): void {
    if (!this.isQuiet) this.#stderr.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.line(JSON.stringify(value, null, this.isTerminal ? 2 : undefined));
  }

  /** A list; its first column names each row. @param json the whole answer, as the HTTP API has it */
  list<Row>(json: unknown, rows: readonly Row[], columns: readonly Column<Row>[]): void {
    if (this.isJson) return this.json(json);
    if (this.isQuiet) return this.#names(rows, columns);
    if (!this.isTerminal) {
      this.line(tabbed(columns.map(({ title }) => title)));
      for (const row of rows) this.line(tabbed(columns.map((column) => column.of(row))));
      return;
    }
    if (rows.length === 0) return;
    const paint = {
      head: (text: string) => this.#styled('bold', text),
      state: (text: string) => this.#styled(STATE_STYLES[text], text),
    };
    for (const line of tableLines(rows, columns, paint)) this.line(line);
  }

  /** One thing; its first column names it. */
  one<Row>(row: Row, columns: readonly Column<Row>[], json: unknown = row): void {
    if (this.isJson) return this.json(json);
    if (this.isQuiet) return this.#names([row], columns);
    if (!this.isTerminal) return this.list(json, [row], columns);
    for (const line of this.#described(row, columns)) this.line(line);
  }

  /** As `one`, on standard error. */
  describe<Row>(row: Row, columns: readonly Column<Row>[]): void {
    for (const line of this.#described(row, columns)) this.note(line);
  }

  #described<Row>(row: Row, columns: readonly Column<Row>[]): string[] {
    const shown = columns
      .map((column) => [column.title, (column.short ?? column.of)(row)] as const)
      .filter(([, text]) => text !== NOTHING);
    const width = Math.max(...shown.map(([title]) => title.length));
    return shown.map(
      ([title, text]) =>
        `${this.#styled('bold', `${title}:`)}${' '.repeat(width - title.length)} ${tabbed([text])}`,
    );
  }

  #names<Row>(rows: readonly Row[], [column]: readonly Column<Row>[]): void {
    for (const row of rows) this.line(tabbed([column?.of(row) ?? '']));
  }

  #styled(style: Style | undefined, text: string): string {
    if (!this.#hasColours || style === undefined) return text;
    return styleText(style, text, { validateStream: false });
  }
}
