// Runs all loads on all candidates, and writes down what they cost.

import {
  isPeer,
  missingFor,
  SETTINGS,
  startCandidate,
  type Candidate,
  type CandidateName,
} from './candidates.ts';
import { plansOf, type Extent, type LoadName } from './loads.ts';
import { machineFacts } from './markdown.ts';
import { memoryOf } from './memory.ts';
import type { Places } from './peers/peers.ts';
import { startServer } from './processes.ts';
import * as report from './report.ts';
import { runRounds } from './rounds.ts';

export interface GatewayOptions {
  readonly candidates: readonly CandidateName[];
  readonly loads: readonly LoadName[];
  readonly extent: Extent;
  readonly rounds: number;
  /** Also sends requests at a fixed rate. */
  readonly hasSteady: boolean;
  readonly places: Places;
}

export interface GatewayResults {
  readonly facts: string;
  readonly parts: { readonly beside: string; readonly bars: string; readonly details: string };
}

export async function measureGateways(options: GatewayOptions): Promise<GatewayResults> {
  const { loads, extent, rounds } = options;
  await using stack = new AsyncDisposableStack();
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const direct: Candidate = { name: 'direct', url: upstream.url, headers: {}, processes: [] };
  const absent = options.candidates.flatMap((name) => {
    const missing = missingFor(name, options);
    return missing === undefined ? [] : [{ name, missing }];
  });
  for (const { name, missing } of absent) {
    console.error(`NOT MEASURED: ${name}, because this machine has no ${missing}`);
  }
  const candidates = [direct];
  for (const name of options.candidates) {
    if (absent.some((one) => one.name === name)) continue;
    candidates.push(await startCandidate(stack, name, upstream.url, options));
  }
  const idle = memoryRows(candidates);
  const startedMs = performance.now();
  const steady = new Set(options.hasSteady ? candidates.filter(hasRate) : []);
  const failed: string[] = [];
  const onFailure = ({ name }: Candidate, load: LoadName, error: unknown) => {
    // llmp and its floor must not fail; others may lack something.
    if (!isPeer(name)) throw error;
    console.error(`NOT MEASURED: ${name} under ${load}: ${String(error)}`);
    failed.push(`- ${name}: failed under \`${load}\``);
  };
  const results = await runRounds(candidates, plansOf(loads, extent), {
    rounds,
    steady,
    onFailure,
  });
  const tookSeconds = Math.round((performance.now() - startedMs) / 1_000);
  const memory = memoryRows(candidates).map(({ name, memory: after }, at) => ({
    name,
    idle: idle[at]?.memory ?? after,
    after,
  }));
  const left = absent.map(({ name, missing }) => `- ${name}: not measured, no ${missing}`);
  const notes = [report.loadNotes(loads), ...left, ...failed].join('\n');
  return {
    facts: `${machineFacts()}, ${rounds} rounds in ${tookSeconds} s`,
    parts: {
      beside: together([report.costTable(results, loads), notes]),
      bars: report.barTable(results, loads, memory),
      details: together([
        report.processTable(results, loads),
        report.latencyTable(results, loads, 'aloneMs', 'added ms p50 / p99, one at a time'),
        report.latencyTable(results, loads, 'steadyMs', 'added ms p50 / p99, at a fixed rate'),
        report.streamTable(results, loads),
        report.memoryTable(memory),
      ]),
    },
  };
}

/** Whether it can keep up with the fixed rate. */
function hasRate({ name }: Candidate): boolean {
  return ['direct', 'node-parse', ...SETTINGS].includes(name);
}

function together(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

function memoryRows(candidates: readonly Candidate[]) {
  return candidates.flatMap(({ name, processes }) =>
    processes.map((child) => ({
      name: processes.length > 1 ? `${name}: ${child.name}` : name,
      memory: memoryOf(child),
    })),
  );
}
