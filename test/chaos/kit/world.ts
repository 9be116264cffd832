// Plays a scenario on a cluster with its upstream and clients: load, a disturbance, and one row of results.

import { appendFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { expect, inject } from 'vitest';
import type { Outcome, Target } from './client.ts';
import { startChaosUpstream, type ChaosUpstream } from './chaos-upstream.ts';
import { Cluster, type ClusterOptions } from './cluster.ts';
import { pause, startLoad, DEFAULT_LOAD, type LoadSize } from './load.ts';
import type { Row } from './table.ts';
import { limits } from '../../../shared/limits.ts';

/** Load before the disturbance; every streaming client has begun by then. */
const WARM_UP_MS = 2_200;
/** Load after the disturbance. */
const AFTER_MS = 1_500;

export interface World extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly upstream: ChaosUpstream;
  readonly target: Target;
}

export interface Played {
  readonly row: Row;
  readonly outcomes: readonly Outcome[];
  /** Outcomes other than `completed`. */
  readonly failed: readonly Outcome[];
}

export async function openWorld(options: ClusterOptions = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  try {
    const upstream = stack.use(await startChaosUpstream());
    const cluster = stack.use(await Cluster.start(upstream, options));
    const agent = new Agent({ keepAlive: true, maxSockets: 1_000 });
    stack.defer(() => agent.destroy());
    const target = { url: cluster.url, key: cluster.key, agent, waiting: new Set<string>() };
    return { cluster, upstream, target, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/**
 * Plays one scenario under load, adds its row, and asserts what no disturbance excuses: no damaged,
 * truncated or hanging response, no damaged request, no crash, and few upstream calls of each request. Only ingress scenarios (`restartsIngress`) may
 * reset connections.
 */
export async function play(
  world: World,
  scenario: string,
  disturb: () => Promise<void>,
  {
    size = DEFAULT_LOAD,
    restartsIngress = false,
  }: { size?: LoadSize; restartsIngress?: boolean } = {},
): Promise<Played> {
  const { cluster, upstream, target } = world;
  const linesBefore = cluster.ingress.log.length;
  const load = startLoad(target, size);
  let outcomes: readonly Outcome[] = [];
  try {
    await pause(WARM_UP_MS);
    await disturb();
    await pause(AFTER_MS);
  } finally {
    outcomes = await load.stop();
  }
  const redispatched = cluster.ingress.log
    .slice(linesBefore)
    .filter(({ msg }) => msg === 'request dispatched again').length;
  const row = rowOf(scenario, outcomes, redispatched, world);
  note(row);
  noteErrors(scenario, outcomes);
  expect(row).toMatchObject({ corrupt: 0, hung: 0, truncated: 0, foreign: 0 });
  if (!restartsIngress) expect(row).toMatchObject({ connectionRefused: 0, resets: 0 });
  expect(upstream).toMatchObject({ damagedCount: 0, leakedCount: 0 });
  expect(row.mostCalls).toBeLessThanOrEqual(limits.pipeline.upstreamAttemptsMax);
  expect(cluster.processes.flatMap(({ crash }) => crash ?? [])).toEqual([]);
  return { row, outcomes, failed: outcomes.filter(({ verdict }) => verdict !== 'completed') };
}

/** Adds a row to the final table, or a remark below it. */
export function note(entry: Row | string): void {
  appendFileSync(inject('rowsFile'), `${JSON.stringify(entry)}\n`);
}

/** Unfinished requests that reached the upstream through this worker, or through any. */
export function inFlight({ upstream, target }: World, worker?: string): Set<string> {
  const inFlightSeeds = [...target.waiting].filter((seed) =>
    upstream.calls(seed).some(({ caller }) => worker === undefined || caller === worker),
  );
  return new Set(inFlightSeeds);
}

/** Below the table: which errors clients received. */
export function noteErrors(scenario: string, outcomes: readonly Outcome[]): void {
  const counts = new Map<string, number>();
  for (const { verdict, hasBegun, errorCode } of outcomes) {
    if (verdict !== 'error') continue;
    const name = `${errorCode ?? 'none'}${hasBegun ? ' in a stream' : ''}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  note(`${scenario}: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
}

export function rowOf(
  scenario: string,
  outcomes: readonly Outcome[],
  redispatched: number,
  { upstream, cluster }: Pick<World, 'upstream' | 'cluster'>,
): Row {
  const delays = cluster.processes.map((child) => child.loopDelay());
  const count = (test: (outcome: Outcome) => boolean) => outcomes.filter(test).length;
  return {
    scenario,
    requests: outcomes.length,
    completed: count(({ verdict }) => verdict === 'completed'),
    lost: count(({ verdict, hasBegun }) => verdict === 'error' && hasBegun),
    refused: count(({ verdict, hasBegun }) => verdict === 'error' && !hasBegun),
    redispatched,
    mostCalls: Math.max(0, ...outcomes.map(({ story }) => upstream.calls(story.seed).length)),
    calledTwice: count(({ story }) => upstream.calls(story.seed).length > 1),
    connectionRefused: count(({ connectionRefused }) => connectionRefused),
    resets: count(({ verdict, connectionRefused }) => verdict === 'reset' && !connectionRefused),
    corrupt: count(({ verdict }) => verdict === 'corrupt'),
    hung: count(({ verdict }) => verdict === 'hung'),
    truncated: count(({ verdict }) => verdict === 'truncated'),
    foreign: outcomes.reduce((sum, { foreignCount }) => sum + foreignCount, 0),
    stallMs: Math.round(Math.max(0, ...outcomes.map(({ stallMs }) => stallMs))),
    loopMs: Math.max(...delays.map(({ wallMs }) => wallMs)),
    stepMs: Math.max(...delays.map(({ cpuMs }) => cpuMs)),
  };
}
