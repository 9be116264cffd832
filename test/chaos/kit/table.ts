// The result table of the chaos suite, one row per scenario.

/** Request counts, except for the last field. */
export interface Row {
  readonly scenario: string;
  readonly requests: number;
  /** Every byte, and a clean end. */
  readonly completed: number;
  /** Streams that had begun and ended with `event: error`. */
  readonly lost: number;
  /** HTTP errors without other output. */
  readonly refused: number;
  /** Number of redeliveries into the pipeline. */
  readonly redispatched: number;
  /** The largest number of upstream calls of one request. */
  readonly mostCalls: number;
  /** Requests with more than one upstream call. */
  readonly calledTwice: number;
  /** Refused connections. */
  readonly connectionRefused: number;
  readonly resets: number;
  readonly corrupt: number;
  readonly hung: number;
  readonly truncated: number;
  /** Personal values of others, and placeholders, that clients received. */
  readonly foreign: number;
  /** Longest wait of any client for its next byte. */
  readonly stallMs: number;
  /** Longest step of an event loop since the start of the cluster; pauses do not count. */
  readonly loopMs: number;
  /** Most CPU time of such a step. */
  readonly stepMs: number;
}

const HEADINGS: Readonly<Record<keyof Row, string>> = {
  scenario: 'scenario',
  requests: 'requests',
  completed: 'completed',
  lost: 'event: error',
  refused: 'HTTP error',
  redispatched: 're-dispatched',
  mostCalls: 'most calls',
  calledTwice: 'upstream twice',
  connectionRefused: 'no ingress',
  resets: 'reset',
  corrupt: 'corrupt',
  hung: 'hung',
  truncated: 'truncated',
  foreign: 'foreign values',
  stallMs: 'longest stall ms',
  loopMs: 'loop delay ms',
  stepMs: 'of CPU ms',
};

const LARGEST: ReadonlySet<keyof Row> = new Set(['mostCalls', 'stallMs', 'loopMs', 'stepMs']);

/** An aligned Markdown table with a total row. */
export function tableOf(rows: readonly Row[]): string {
  const columns = Object.keys(HEADINGS) as (keyof Row)[];
  const values = (column: keyof Row) => rows.map((row) => Number(row[column]));
  const sums = columns.map((column) => {
    if (column === 'scenario') return 'all';
    if (LARGEST.has(column)) return String(Math.max(0, ...values(column)));
    return String(values(column).reduce((total, value) => total + value, 0));
  });
  const cells = [
    columns.map((column) => HEADINGS[column]),
    ...rows.map((row) => columns.map((column) => String(row[column]))),
    sums,
  ];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]?.length ?? 0)));
  const lineOf = (line: readonly string[]) =>
    `| ${line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |\n`;
  const rule = `|${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|\n`;
  const [head = [], ...rest] = cells;
  return lineOf(head) + rule + rest.map(lineOf).join('');
}
