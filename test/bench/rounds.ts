// Runs every load on every candidate in rounds. Candidates alternate within each load, so machine noise
// affects all alike; the first round warms up and is not counted.

import type { Pool } from 'undici';
import type { Candidate } from './candidates.ts';
import { startCpuMeter } from './cpu-meter.ts';
import { connectTo, run, type ClosedLoad, type Measured } from './load.ts';
import { CONNECTIONS, type LoadName, type Plan } from './loads.ts';

/** Sums and samples over all rounds. */
export interface Tally {
  requests: number;
  events: number;
  readonly cpuMsByProcess: Map<string, number>;
  /** Milliseconds to the last byte: alone, and at a fixed rate. */
  readonly aloneMs: number[];
  readonly steadyMs: number[];
  /** Milliseconds to the first byte, one request at a time. */
  readonly firstByteMs: number[];
  /** Milliseconds between stream events. */
  readonly gapsMs: number[];
}

export type Results = ReadonlyMap<Candidate['name'], ReadonlyMap<LoadName, Tally>>;

/** Share of the time that the round takes that warms up. */
const WARM_UP_SHARE = 0.25;

export interface RoundOptions {
  readonly rounds: number;
  /** The candidates that also get requests at a fixed rate. */
  readonly steady?: ReadonlySet<Candidate>;
  /** Called when a candidate fails under a load, which it is then spared; throws if it must not. */
  readonly onFailure: (candidate: Candidate, load: LoadName, error: unknown) => void;
}

export async function runRounds(
  candidates: readonly Candidate[],
  plans: ReadonlyMap<LoadName, Plan>,
  { rounds, steady = new Set(), onFailure }: RoundOptions,
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
        const tally = tallies.get(name);
        if (!tally) continue;
        try {
          if (round === 0) await run(pool, candidate, shortened(plan.busy));
          else await measure({ pool, candidate, plan, tally, isSteady: steady.has(candidate) });
        } catch (error) {
          tallies.delete(name);
          onFailure(candidate, name, error);
        }
      }
    }
  }
  return new Map(lanes.map(({ candidate, tallies }) => [candidate.name, tallies]));
}

function shortened(load: ClosedLoad): ClosedLoad {
  const { msMax = Infinity, stream } = load;
  if (stream)
    return { ...load, stream: { ...stream, deltas: Math.ceil(stream.deltas * WARM_UP_SHARE) } };
  return { ...load, msMax: msMax * WARM_UP_SHARE };
}

interface Run {
  readonly pool: Pool;
  readonly candidate: Candidate;
  readonly plan: Plan;
  readonly tally: Tally;
  readonly isSteady: boolean;
}

async function measure({ pool, candidate, plan, tally, isSteady }: Run): Promise<void> {
  await run(pool, candidate, plan.first);
  const cpuSince = startCpuMeter(candidate.processes);
  const busy = await run(pool, candidate, plan.busy);
  const cpu = cpuSince();
  const alone = await run(pool, candidate, plan.alone);
  add(tally, { busy, alone, cpu });
  if (!isSteady || !plan.steady) return;
  const { lastByteMs } = await run(pool, candidate, plan.steady);
  tally.steadyMs.push(...lastByteMs);
}

export interface Round {
  readonly busy: Measured;
  readonly alone: Measured;
  readonly cpu: ReadonlyMap<string, number>;
}

export function add(tally: Tally, { busy, alone, cpu }: Round): void {
  tally.requests += busy.lastByteMs.length;
  tally.events += busy.events;
  tally.aloneMs.push(...alone.lastByteMs);
  tally.firstByteMs.push(...alone.firstByteMs);
  tally.gapsMs.push(...busy.gapsMs);
  for (const [name, ms] of cpu) {
    tally.cpuMsByProcess.set(name, (tally.cpuMsByProcess.get(name) ?? 0) + ms);
  }
}

export function emptyTally(): Tally {
  return {
    requests: 0,
    events: 0,
    cpuMsByProcess: new Map(),
    aloneMs: [],
    steadyMs: [],
    firstByteMs: [],
    gapsMs: [],
  };
}
