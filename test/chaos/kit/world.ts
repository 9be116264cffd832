// Plays a scenario on a cluster with its upstream and clients: load, a disturbance, and one row of results.

import { appendFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { expect, inject } from 'vitest';
import type { Outcome, Target } from './ask.ts';
import { startChaosUpstream, type ChaosUpstream } from './chaos-upstream.ts';
import { Cluster } from './cluster.ts';
import { pause, startLoad, USUAL, type LoadSize } from './load.ts';
import type { Row } from './table.ts';

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

export async function openWorld(): Promise<World> {
  const stack = new AsyncDisposableStack();
  try {
    const upstream = stack.use(await startChaosUpstream());
    const cluster = stack.use(await Cluster.start(upstream));
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
 * truncated or hanging response, no damaged request, no crash. Only ingress scenarios (`doorEnds`) may
 * reset connections.
 */
export async function play(
  world: World,
  scenario: string,
  disturb: () => Promise<void>,
  { size = USUAL, doorEnds = false }: { size?: LoadSize; doorEnds?: boolean } = {},
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
  const again = cluster.ingress.log
    .slice(linesBefore)
    .filter(({ msg }) => msg === 'request dispatched again').length;
  const row = rowOf(scenario, outcomes, again, upstream);
  note(row);
  expect(row).toMatchObject({ corrupt: 0, hung: 0, truncated: 0 });
  if (!doorEnds) expect(row).toMatchObject({ noDoor: 0, resets: 0 });
  expect(upstream.damagedCount).toBe(0);
  expect(cluster.parts.flatMap(({ crash }) => crash ?? [])).toEqual([]);
  return { row, outcomes, failed: outcomes.filter(({ verdict }) => verdict !== 'completed') };
}

/** Adds a row to the final table, or a remark below it. */
export function note(entry: Row | string): void {
  appendFileSync(inject('rowsFile'), `${JSON.stringify(entry)}\n`);
}

/** Unfinished requests that reached the upstream through this worker, or through any. */
export function heldBy({ upstream, target }: World, worker?: string): Set<string> {
  const held = [...target.waiting].filter((seed) =>
    upstream.calls(seed).some(({ caller }) => worker === undefined || caller === worker),
  );
  return new Set(held);
}

function rowOf(
  scenario: string,
  outcomes: readonly Outcome[],
  again: number,
  upstream: ChaosUpstream,
): Row {
  const count = (test: (outcome: Outcome) => boolean) => outcomes.filter(test).length;
  return {
    scenario,
    requests: outcomes.length,
    completed: count(({ verdict }) => verdict === 'completed'),
    lost: count(({ verdict, spoken }) => verdict === 'error' && spoken),
    refused: count(({ verdict, spoken }) => verdict === 'error' && !spoken),
    again,
    calledTwice: count(({ story }) => upstream.calls(story.seed).length > 1),
    noDoor: count(({ noDoor }) => noDoor),
    resets: count(({ verdict, noDoor }) => verdict === 'reset' && !noDoor),
    corrupt: count(({ verdict }) => verdict === 'corrupt'),
    hung: count(({ verdict }) => verdict === 'hung'),
    truncated: count(({ verdict }) => verdict === 'truncated'),
    stallMs: Math.round(Math.max(0, ...outcomes.map(({ stallMs }) => stallMs))),
  };
}
