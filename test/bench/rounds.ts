// Runs every load on every candidate in rounds. Candidates alternate within each load, so machine noise
// affects all alike; the first round warms up and is not counted.

import type { Pool } from 'undici';
import type { Candidate } from './candidates.ts';
import { connectTo, run, type Measured } from './load.ts';
import { CONNECTIONS, type LoadName, type Plan } from './loads.ts';
import { cpuMs } from './processes.ts';

/** Sums and samples over all rounds. */
export interface Tally {
  requests: number;
  events: number;
  readonly cpuMsByProcess: Map<string, number>;
  /** Milliseconds to the last byte: busy, alone, and at a fixed rate. */
  readonly busyMs: number[];
  readonly aloneMs: number[];
  readonly steadyMs: number[];
  /** Milliseconds to the first byte, one request at a time. */
  readonly firstByteMs: number[];
  /** Milliseconds between stream events. */
  readonly gapsMs: number[];
}

export type Results = ReadonlyMap<Candidate['name'], ReadonlyMap<LoadName, Tally>>;

export async function runRounds(
  candidates: readonly Candidate[],
  plans: ReadonlyMap<LoadName, Plan>,
  rounds: number,
): Promise<Results> {
  await using stack = new AsyncDisposableStack();
  const lanes = candidates.map((candidate) => {
    const pool = connectTo(candidate, CONNECTIONS);
    stack.defer(() => pool.destroy());
    const tallies = new Map(Array.from(plans.keys(), (name) => [name, emptyTally()] as const));
    return { candidate, pool, tallies };
  });
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, plan] of plans) {
      for (const { candidate, pool, tallies } of lanes) {
        const measured = await measure(pool, candidate, plan, round > 0);
        const tally = tallies.get(name);
        if (round > 0 && tally) add(tally, measured);
      }
    }
  }
  return new Map(lanes.map(({ candidate, tallies }) => [candidate.name, tallies]));
}

async function measure(pool: Pool, candidate: Candidate, plan: Plan, isCounted: boolean) {
  const before = candidate.processes.map(cpuMs);
  const busy = await run(pool, candidate, plan.busy);
  const cpu = candidate.processes.map(
    (child, at) => [child.name, cpuMs(child) - (before[at] ?? 0)] as const,
  );
  const alone = await run(pool, candidate, plan.alone);
  const isSteady = plan.steady && isCounted;
  return { busy, cpu, alone, steady: isSteady && (await run(pool, candidate, plan.steady)) };
}

interface Round {
  readonly busy: Measured;
  readonly alone: Measured;
  readonly steady?: Measured | false | undefined;
  readonly cpu: readonly (readonly [name: string, ms: number])[];
}

function add(tally: Tally, { busy, alone, steady, cpu }: Round): void {
  tally.requests += busy.lastByteMs.length;
  tally.events += busy.events;
  tally.busyMs.push(...busy.lastByteMs);
  tally.aloneMs.push(...alone.lastByteMs);
  tally.firstByteMs.push(...alone.firstByteMs);
  tally.gapsMs.push(...busy.gapsMs);
  if (steady) tally.steadyMs.push(...steady.lastByteMs);
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
    steadyMs: [],
    firstByteMs: [],
    gapsMs: [],
  };
}
