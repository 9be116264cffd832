// Results as Markdown tables.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { BARS, FLOOR_THEN, type Bar } from './bars.ts';
import type { Candidate, CandidateName } from './candidates.ts';
import { isStream, type LoadName } from './loads.ts';
import type { Memory } from './memory.ts';
import type { Results, Tally } from './rounds.ts';

const FLOOR = 'node-parse';

/** The machine and revision that the numbers depend on. */
export function machineFacts(): string {
  const git = (...words: string[]) =>
    execFileSync('git', ['--no-optional-locks', ...words], { encoding: 'utf8' }).trim();
  // Changes that a run makes itself do not count.
  const ours = [':(top)', ':(top,exclude)test/bench/RESULTS.md'];
  const isClean = git('status', '--porcelain', '--untracked-files=no', '--', ...ours) === '';
  const [load = 0] = loadavg();
  return [
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    `Node ${process.version}`,
    `commit ${git('rev-parse', '--short', 'HEAD')}${isClean ? '' : ' with changes'}`,
    `load average ${load.toFixed(1)}`,
  ].join(', ');
}

/** CPU: ms per request, µs per event, and multiples of the floor. */
export function cpuTable(results: Results, loads: readonly LoadName[]): string {
  const cell = (tally: Tally, name: LoadName) => {
    const floor = results.get(FLOOR)?.get(name);
    const ratio = floor && floor !== tally ? ` (×${(cost(tally) / cost(floor)).toFixed(2)})` : '';
    return `${costText(cost(tally), name)}${ratio}`;
  };
  return table(['CPU, sum of processes', ...costHeads(loads)], rowsOf(results, loads, cell));
}

/** CPU per process. */
export function processTable(results: Results, loads: readonly LoadName[]): string {
  const rows = [...results].flatMap(([candidate, tallies]) => {
    const names = [...(tallies.values().next().value?.cpuMsByProcess.keys() ?? [])];
    if (names.length < 2) return [];
    return names.map((process) => [
      `${candidate}: ${process}`,
      ...loads.map((load) => {
        const tally = tallies.get(load);
        return tally ? costText(costOf(tally, process), load) : '';
      }),
    ]);
  });
  return rows.length === 0 ? '' : table(['CPU by process', ...costHeads(loads)], rows);
}

/** Targets next to results, absolute and as multiples of the floor. */
export function barTable(results: Results, loads: readonly LoadName[]): string {
  const rows = Object.entries(BARS).flatMap(([name, bars]) =>
    Object.entries(bars)
      .filter(([which]) => loads.includes(loadOf(which as Bar)))
      .filter(() => results.has(name as CandidateName))
      .map(([which, bar]) => barRow(results, name as CandidateName, which as Bar, bar)),
  );
  const heads = ['ms, or µs/event', 'measured', 'bar', 'met', 'of the floor', 'bar', 'met'];
  return rows.length === 0 ? '' : table(heads, rows);
}

function barRow(results: Results, name: CandidateName, which: Bar, bar: number): string[] {
  const load = loadOf(which);
  const value = (of: CandidateName) => {
    const tally = results.get(of)?.get(load);
    if (!tally) return Number.NaN;
    if (which !== 'first-byte') return cost(tally) * (isStream(load) ? 1_000 : 1);
    return added(results, of, load, ({ firstByteMs }) => firstByteMs, 0.5);
  };
  const verdict = (isMatched: boolean) => (isMatched ? 'yes' : '**no**');
  const measured = value(name);
  const row = [`${name}, ${which}`, measured.toFixed(2), `≤ ${bar}`, verdict(measured <= bar)];
  const ratio = measured / value(FLOOR);
  const barRatio = bar / (FLOOR_THEN[which] ?? Number.NaN);
  if (Number.isNaN(ratio)) return [...row, '', '', ''];
  return [...row, `×${ratio.toFixed(2)}`, `≤ ×${barRatio.toFixed(2)}`, verdict(ratio <= barRatio)];
}

/** First bytes are measured with the streams. */
function loadOf(bar: Bar): LoadName {
  return bar === 'first-byte' ? 'streams-50' : bar;
}

/** Milliseconds added to a direct request, p50 / p99. */
export function latencyTable(
  results: Results,
  loads: readonly LoadName[],
  which: 'aloneMs' | 'busyMs' | 'steadyMs',
  title: string,
): string {
  const shown = loads.filter(
    (name) => !isStream(name) && (results.get('direct')?.get(name)?.[which].length ?? 0) > 0,
  );
  if (shown.length === 0) return '';
  const rows = [...results].map(([candidate, tallies]) => [
    candidate === 'direct' ? 'direct, as it is' : candidate,
    ...shown.map((name) => {
      const samples = tallies.get(name)?.[which] ?? [];
      if (candidate === 'direct') return pair(percentile(samples, 0.5), percentile(samples, 0.99));
      const by = (share: number) => added(results, candidate, name, (tally) => tally[which], share);
      return pair(by(0.5), by(0.99), '+');
    }),
  ]);
  return table([title, ...shown], rows);
}

/** Milliseconds added to the first byte and to event gaps of streams, p50 / p99. */
export function streamTable(results: Results, loads: readonly LoadName[]): string {
  const names = loads.filter(isStream);
  if (names.length === 0) return '';
  const [one = 'streams-50'] = names;
  const rows = [...results].map(([candidate, tallies]) => {
    const isDirect = candidate === 'direct';
    const cell = (load: LoadName, samplesOf: (tally: Tally) => readonly number[]) => {
      const tally = tallies.get(load);
      if (!tally) return '';
      const samples = samplesOf(tally);
      const at = (share: number) =>
        isDirect ? percentile(samples, share) : added(results, candidate, load, samplesOf, share);
      return pair(at(0.5), at(0.99), isDirect ? '' : '+');
    };
    return [
      isDirect ? 'direct, as it is' : candidate,
      cell(one, ({ firstByteMs }) => firstByteMs),
      ...names.map((name) => cell(name, ({ gapsMs }) => gapsMs)),
    ];
  });
  const heads = ['added ms p50 / p99', 'first byte', ...names.map((name) => `gaps, ${name}`)];
  return table(heads, rows);
}

/** Resident memory per process, at the start and at the end. */
export function memoryTable(rows: readonly MemoryRow[]): string {
  const cells = rows.map(({ name, idle, after }) => [
    name,
    ...[idle.residentMb, after.peakMb, after.residentMb].map((value) => value.toFixed(0)),
  ]);
  return table(['memory, MB', 'idle', 'peak', 'after'], cells);
}

export interface MemoryRow {
  readonly name: string;
  readonly idle: Memory;
  readonly after: Memory;
}

function costHeads(loads: readonly LoadName[]): string[] {
  return loads.map((name) => `${name} ${isStream(name) ? 'µs/event' : 'ms'}`);
}

function costText(ms: number, load: LoadName): string {
  return isStream(load) ? (ms * 1_000).toFixed(0) : ms.toFixed(3);
}

/** Added latency at the same percentile of direct requests. */
function added(
  results: Results,
  candidate: Candidate['name'],
  load: LoadName,
  samplesOf: (tally: Tally) => readonly number[],
  share: number,
): number {
  const at = (name: Candidate['name']) => {
    const tally = results.get(name)?.get(load);
    return tally ? percentile(samplesOf(tally), share) : Number.NaN;
  };
  return at(candidate) - at('direct');
}

function pair(half: number, most: number, sign = ''): string {
  const text = (value: number) => `${value >= 0 ? sign : ''}${value.toFixed(2)}`;
  return `${text(half)} / ${text(most)}`;
}

function rowsOf(
  results: Results,
  loads: readonly LoadName[],
  cell: (tally: Tally, name: LoadName) => string,
): string[][] {
  return [...results]
    .filter(([name]) => name !== 'direct')
    .map(([name, tallies]) => [
      name,
      ...loads.map((load) => {
        const tally = tallies.get(load);
        return tally ? cell(tally, load) : '';
      }),
    ]);
}

/** CPU ms per request or stream event, over all processes. */
function cost(tally: Tally): number {
  return tally.cpuMsByProcess.values().reduce((sum, ms) => sum + ms, 0) / divisor(tally);
}

function costOf(tally: Tally, process: string): number {
  return (tally.cpuMsByProcess.get(process) ?? 0) / divisor(tally);
}

function divisor({ events, requests }: Tally): number {
  return events > 0 ? events : requests;
}

/** Milliseconds at p50 / p99. */
export function spread(samples: readonly number[]): string {
  return `${percentile(samples, 0.5).toFixed(2)} / ${percentile(samples, 0.99).toFixed(2)}`;
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A Markdown table; all columns but the first are numbers. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = line(heads.map((_, at) => (at === 0 ? '---' : '--:')));
  return [line(heads), rule, ...rows.map(line)].join('\n');
}
