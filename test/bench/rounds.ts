// Runs every load on every candidate, in rounds: the candidates take turns within each load, so that
// a machine that grows busier or warmer hits all alike. The first round warms up and is not counted.

import type { Pool } from 'undici';
import { chatBody, SIZES, type SizeName } from './bodies.ts';
import type { Candidate } from './candidates.ts';
import { connectTo, run, type Load, type Measured } from './load.ts';
import { cpuMs } from './processes.ts';

export type LoadName = SizeName | 'stream';
export const LOADS: readonly LoadName[] = ['1kb', '20kb', '200kb', '1mb', 'stream'];

/** Requests at once when CPU is measured, beside single requests for latency. */
const CONCURRENCY = 8;
/** Streams at once; each has an event every 10 ms, as a fast model writes. */
const STREAMS = 32;

interface Pair {
  /** Many at once: CPU, and latency under load. */
  readonly busy: Load;
  /** One at a time: the latency added when nothing waits. */
  readonly alone: Load;
}

function loadsOf(name: LoadName): Pair {
  if (name === 'stream') {
    const body = chatBody(SIZES['1kb'], true);
    return {
      busy: { body, requests: STREAMS, concurrency: STREAMS, stream: { deltas: 100, gapMs: 10 } },
      alone: { body, requests: 40, concurrency: 1, stream: { deltas: 0, gapMs: 1 } },
    };
  }
  const body = chatBody(SIZES[name]);
  const [busy, alone] = {
    '1kb': [1_000, 60],
    '20kb': [700, 50],
    '200kb': [150, 25],
    '1mb': [40, 10],
  }[name] as [number, number];
  return {
    busy: { body, requests: busy, concurrency: CONCURRENCY },
    alone: { body, requests: alone, concurrency: 1 },
  };
}

/** Sums and samples over all rounds. */
export interface Tally {
  requests: number;
  events: number;
  readonly cpuMsByProcess: Map<string, number>;
  readonly busyMs: number[];
  readonly aloneMs: number[];
  readonly firstByteMs: number[];
}

export type Results = ReadonlyMap<Candidate['name'], ReadonlyMap<LoadName, Tally>>;

export async function runRounds(
  candidates: readonly Candidate[],
  loads: readonly LoadName[],
  rounds: number,
): Promise<Results> {
  await using stack = new AsyncDisposableStack();
  const lanes = candidates.map((candidate) => {
    const pool = connectTo(candidate, STREAMS);
    stack.defer(() => pool.destroy());
    return { candidate, pool, tallies: new Map(loads.map((name) => [name, emptyTally()])) };
  });
  for (let round = 0; round <= rounds; round += 1) {
    for (const name of loads) {
      const pair = loadsOf(name);
      for (const { candidate, pool, tallies } of lanes) {
        const measured = await measure(pool, candidate, pair);
        const tally = tallies.get(name);
        if (round > 0 && tally) add(tally, measured);
      }
    }
  }
  return new Map(lanes.map(({ candidate, tallies }) => [candidate.name, tallies]));
}

async function measure(pool: Pool, candidate: Candidate, { busy, alone }: Pair) {
  const before = candidate.processes.map(cpuMs);
  const underLoad = await run(pool, candidate, busy);
  const cpu = candidate.processes.map(
    (child, at) => [child.name, cpuMs(child) - (before[at] ?? 0)] as const,
  );
  return { underLoad, cpu, single: await run(pool, candidate, alone) };
}

interface Round {
  readonly underLoad: Measured;
  readonly single: Measured;
  readonly cpu: readonly (readonly [name: string, ms: number])[];
}

function add(tally: Tally, { underLoad, single, cpu }: Round): void {
  tally.requests += underLoad.wholeMs.length;
  tally.events += underLoad.events;
  tally.busyMs.push(...underLoad.wholeMs);
  tally.aloneMs.push(...single.wholeMs);
  tally.firstByteMs.push(...single.firstByteMs);
  for (const [name, ms] of cpu) {
    tally.cpuMsByProcess.set(name, (tally.cpuMsByProcess.get(name) ?? 0) + ms);
  }
}

function emptyTally(): Tally {
  return {
    requests: 0,
    events: 0,
    cpuMsByProcess: new Map(),
    busyMs: [],
    aloneMs: [],
    firstByteMs: [],
  };
}
