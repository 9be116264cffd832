// How the CPU time of llmp in one process grows: with new text, personal values, rules, known turns, and open
// streams. docs/performance.md has the table.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chatBodies, SIZES } from '../bodies.ts';
import type { Candidate } from '../candidates.ts';
import { startCpuMeter } from '../cpu-meter.ts';
import { startLlmp } from '../llmp.ts';
import { connectTo, run, type ClosedLoad } from '../load.ts';
import { table } from '../markdown.ts';
import { rulesOf } from '../policy/rules.ts';
import { startServer } from '../processes.ts';

const CONCURRENCY = 8;
const STREAM_GAP_MS = 20;
const KB = 1_000;

/** What was sent more and more of, and what each request took. */
export interface Growth {
  readonly name: string;
  /** Of what the last column counts one. */
  readonly unit: string;
  readonly counts: readonly number[];
  /** CPU ms of a request, or µs of an event. */
  readonly costs: readonly number[];
  readonly costUnit: 'ms' | 'µs/event';
}

export interface GrowthOptions {
  /** For each measurement, after as long again to warm up. */
  readonly ms: number;
  readonly deltas: number;
}

const USUAL: GrowthOptions = { ms: 1_500, deltas: 100 };

/** What is measured, by name. */
const SERIES: Readonly<Record<string, (common: GrowthRun) => Promise<Omit<Growth, 'name'>>>> = {
  'new text': async ({ costs }) => {
    const sizes = Object.values(SIZES);
    return {
      unit: 'KB',
      costUnit: 'ms',
      counts: sizes.map((bytes) => bytes / KB),
      costs: await costs(sizes.map((bytes) => chatBodies(bytes).fresh)),
    };
  },
  'personal values in 200 KB of new text': async ({ costs }) => {
    const personal = [0, 4, 1];
    return {
      unit: 'value',
      costUnit: 'ms',
      counts: personal.map((personalEvery) => valuesIn(SIZES['200kb'], personalEvery)),
      costs: await costs(
        personal.map((personalEvery) => chatBodies(SIZES['200kb'], { personalEvery }).fresh),
      ),
    };
  },
  'rules, for 200 KB of new text': async ({ upstreamUrl, options }) => ({
    unit: 'rule',
    costUnit: 'ms',
    counts: RULE_COUNTS,
    costs: await inTurn(RULE_COUNTS, (count) => costWithRules(count, upstreamUrl, options)),
  }),
  'known turns before a new one': async ({ costs }) => {
    const histories = [20 * KB, 200 * KB, 1_000 * KB];
    return {
      unit: 'KB',
      costUnit: 'ms',
      counts: histories.map((bytes) => bytes / KB),
      costs: await costs(histories.map((bytes) => chatBodies(bytes).nextTurn)),
    };
  },
  'open streams, for each event': async ({ llmp, options }) => {
    const streams = [5, 15, 50];
    return {
      unit: 'stream',
      costUnit: 'µs/event',
      counts: streams,
      costs: await inTurn(streams, (count) => costOf(llmp, streamLoad(count, options), options)),
    };
  },
};
export const SERIES_NAMES = Object.keys(SERIES);

interface GrowthRun {
  readonly llmp: Candidate;
  readonly upstreamUrl: string;
  readonly options: GrowthOptions;
  /** CPU ms of each kind of request. */
  readonly costs: (bodies: readonly (() => Buffer)[]) => Promise<number[]>;
}

export async function measureGrowth(
  options: GrowthOptions = USUAL,
  names: readonly string[] = SERIES_NAMES,
): Promise<Growth[]> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const llmp = await startLlmp(stack, 'llmp', upstream.url);
  const costs = (bodies: readonly (() => Buffer)[]) =>
    inTurn(bodies, (body) => costOf(llmp, requests(body, options), options));
  const common: GrowthRun = { llmp, upstreamUrl: upstream.url, options, costs };
  const growths: Growth[] = [];
  for (const [name, measure] of Object.entries(SERIES)) {
    if (names.includes(name)) growths.push({ name, ...(await measure(common)) });
  }
  return growths;
}

const RULE_COUNTS = [0, 10, 50, 250];

/** Half of them lists of twenty words, half regular expressions. */
async function costWithRules(count: number, upstreamUrl: string, options: GrowthOptions) {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'llmp-bench-policies-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  const rules = [...rulesOf('keyword', count / 2), ...rulesOf('regex', count / 2)];
  writeFileSync(join(folder, 'default.yaml'), JSON.stringify({ version: 1, rules }));
  const llmp = await startLlmp(stack, 'llmp', upstreamUrl, { policies: folder });
  return await costOf(llmp, requests(chatBodies(SIZES['200kb']).fresh, options), options);
}

function requests(body: () => Buffer, { ms }: GrowthOptions): ClosedLoad {
  const common = { body, path: '/v1/messages', concurrency: CONCURRENCY };
  return { ...common, requests: Number.POSITIVE_INFINITY, msMax: ms };
}

function streamLoad(count: number, { deltas }: GrowthOptions): ClosedLoad {
  const body = chatBodies(SIZES['1kb'], { stream: true }).fresh;
  const stream = { deltas, gapMs: STREAM_GAP_MS };
  return { body, path: '/v1/messages', requests: count, concurrency: count, stream };
}

/** CPU ms of a request, or µs of an event. */
async function costOf(llmp: Candidate, load: ClosedLoad, { ms }: GrowthOptions): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const pool = connectTo(llmp, load.concurrency);
  stack.defer(() => pool.destroy());
  await run(pool, llmp, load.stream ? load : { ...load, msMax: ms });
  const since = startCpuMeter(llmp.processes);
  const { lastByteMs, events } = await run(pool, llmp, load);
  const spent = since()
    .values()
    .reduce((sum, one) => sum + one, 0);
  return load.stream ? (spent * 1_000) / events : spent / lastByteMs.length;
}

/** One after the other: they share the machine. */
async function inTurn<Item>(items: readonly Item[], measure: (item: Item) => Promise<number>) {
  const costs: number[] = [];
  for (const item of items) costs.push(await measure(item));
  return costs;
}

function valuesIn(bytes: number, personalEvery: number): number {
  const text = chatBodies(bytes, { personalEvery }).fresh().toString();
  return 4 * (text.match(/IBAN DE/g)?.length ?? 0);
}

export function growthTable(growths: readonly Growth[]): string {
  const rows = growths.map(({ name, unit, counts, costs, costUnit }) => [
    `${name} (${unit})`,
    counts.join(' / '),
    `${costs.map((cost) => shown(cost)).join(' / ')} ${costUnit}`,
    // Events of more streams are handled together, so one more stream makes none dearer.
    costUnit === 'ms' ? `${shown(slopeOf(counts, costs) * 1_000)} µs` : '–',
  ]);
  return table(['what grows', 'from / to', 'CPU', 'each one more'], rows);
}

/** What one more costs, between the least and the most. */
export function slopeOf(counts: readonly number[], costs: readonly number[]): number {
  const [first = 0, last = 0] = [counts[0], counts.at(-1)];
  return ((costs.at(-1) ?? 0) - (costs[0] ?? 0)) / (last - first);
}

function shown(value: number): string {
  return value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0);
}
