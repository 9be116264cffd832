// The results as tables in Markdown, so that they can be pasted where numbers are kept.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import type { LoadName, Results, Tally } from './rounds.ts';

const FLOOR = 'node-parse';

/** What the numbers depend on. */
export function machineFacts(): string {
  const git = (...words: string[]) =>
    execFileSync('git', ['--no-optional-locks', ...words], { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain') === '' ? '' : ' with changes';
  const [load = 0] = loadavg();
  return [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    `Node ${process.version}`,
    `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`,
    `load average ${load.toFixed(1)}`,
  ].join(', ');
}

/** CPU, the first table: ms per request, µs per event, and how often the floor's. */
export function cpuTable(results: Results, loads: readonly LoadName[]): string {
  const cell = (tally: Tally, name: LoadName) => {
    const floor = results.get(FLOOR)?.get(name);
    const ratio = floor && floor !== tally ? ` (×${(cost(tally) / cost(floor)).toFixed(2)})` : '';
    const [unit, digits] = name === 'stream' ? ([1_000, 0] as const) : ([1, 3] as const);
    return `${(cost(tally) * unit).toFixed(digits)}${ratio}`;
  };
  const heads = loads.map((name) => (name === 'stream' ? 'stream µs/event' : `${name} ms`));
  return table(['CPU', ...heads], rowsOf(results, loads, cell));
}

/** Latency p50 / p99, one request at a time and under load. */
export function latencyTable(results: Results, loads: readonly LoadName[]): string {
  const cell = ({ aloneMs, busyMs }: Tally) => `${spread(aloneMs)} · ${spread(busyMs)}`;
  const sizes = loads.filter((name) => name !== 'stream');
  const heads = ['ms p50 / p99: alone · 8 at once', ...sizes];
  return table(heads, rowsOf(results, sizes, cell, true));
}

/** Milliseconds to the first byte of a stream, beside those without a gateway. */
export function firstByteTable(results: Results): string {
  const direct = percentile(results.get('direct')?.get('stream')?.firstByteMs ?? [], 0.5);
  const cell = ({ firstByteMs }: Tally) =>
    `${spread(firstByteMs)} (+${(percentile(firstByteMs, 0.5) - direct).toFixed(2)})`;
  return table(['ms p50 / p99', 'first byte of a stream'], rowsOf(results, ['stream'], cell, true));
}

/** Where the CPU of a candidate of several processes goes. */
export function processTable(results: Results, loads: readonly LoadName[]): string {
  const spreadOut = results.get('llmp-nats');
  const names = [...(spreadOut?.values().next().value?.cpuMsByProcess.keys() ?? [])];
  const rows = names.map((name) => [
    name,
    ...loads.map((load) => {
      const tally = spreadOut?.get(load);
      const share = (tally?.cpuMsByProcess.get(name) ?? 0) / (tally ? units(tally) : 1);
      return load === 'stream' ? (share * 1_000).toFixed(0) : share.toFixed(3);
    }),
  ]);
  return table(['llmp-nats by process', ...loads], rows);
}

function rowsOf(
  results: Results,
  loads: readonly LoadName[],
  cell: (tally: Tally, name: LoadName) => string,
  withDirect = false,
): string[][] {
  return [...results]
    .filter(([name]) => withDirect || name !== 'direct')
    .map(([name, tallies]) => [
      name,
      ...loads.map((load) => {
        const tally = tallies.get(load);
        return tally ? cell(tally, load) : '';
      }),
    ]);
}

/** CPU ms for each request, or each event of a stream, over all processes. */
function cost(tally: Tally): number {
  return tally.cpuMsByProcess.values().reduce((sum, ms) => sum + ms, 0) / units(tally);
}

function units({ events, requests }: Tally): number {
  return events > 0 ? events : requests;
}

/** Milliseconds: half of the samples and 99 of a hundred are below. */
export function spread(samples: readonly number[]): string {
  return `${percentile(samples, 0.5).toFixed(2)} / ${percentile(samples, 0.99).toFixed(2)}`;
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Rows under heads; all but the first column are numbers. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(heads.map((_, at) => (at === 0 ? '---' : '--:')));
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
