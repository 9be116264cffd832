// Measures CPU, latency, streams and memory of llmp with everything on against the floor, in one run on
// one machine. Trust the ratios: load and upstream share the machine.
//   npm run bench                              all loads, under ten minutes; writes RESULTS.md
//   npm run bench -- --quick                   few requests, under one minute
//   npm run bench -- llmp node-parse 1kb       these candidates and loads
//   npm run bench -- soak [seconds=300]        checks for leaks; writes RESULTS.md
//   npm run bench -- privacy                   detection quality and cost of the scrubber
//   npm run bench -- privacy FOLDER [source=FOLDER]   the same for labelled texts, beside other engines
//   npm run bench -- policy                    cost of policy rules, and how long they hold streams
//   npm run bench -- scan                      cost of reading a body, beside what reads it otherwise
//   npm run bench -- rag                       quality and speed of the passage index
//   npm run bench -- steps [name]              how long hostile requests hold the event loop
//   npm run bench -- beside [setting]          small requests beside large ones in one process
//   npm run bench -- capacity                  predicts throughput and latency, and measures them
//   npm run bench -- rounds=10                 more rounds than the default two

import { CANDIDATES, startCandidate, DEFAULT_CANDIDATES, type Candidate } from './candidates.ts';
import { LOADS, LOAD_NOTES, plansOf, SLOW, type LoadName } from './loads.ts';
import { memoryOf } from './memory.ts';
import { startServer } from './processes.ts';
import * as report from './report.ts';
import { writeSection } from './results.ts';
import { runRounds } from './rounds.ts';

const ROUNDS = 2;
/** Share of the requests in a quick run. */
const QUICK_SHARE = 0.1;
const SOAK_SECONDS = 120;
const SECONDS = /^seconds=([1-9]\d*)$/;

const args = process.argv.slice(2);
if (args.length === 1 && args[0] === 'privacy') {
  const { runPrivacy } = await import('./privacy/privacy.ts');
  await runPrivacy();
  process.exit(0);
}
if (args[0] === 'privacy') {
  const { runYardstick } = await import('./privacy/yardstick.ts');
  await runYardstick(args.slice(1));
  process.exit(0);
}
if (args.length === 1 && args[0] === 'policy') {
  const { runPolicy } = await import('./policy/policy.ts');
  await runPolicy();
  process.exit(0);
}
if (args.length === 1 && args[0] === 'scan') {
  const { runScan } = await import('./scan/scan.ts');
  runScan();
  process.exit(0);
}
if (args[0] === 'steps') {
  const { runSteps } = await import('./steps/steps.ts');
  await runSteps(args.slice(1));
  process.exit();
}
if (args[0] === 'beside') {
  const { runBeside } = await import('./beside/beside.ts');
  await runBeside(args.slice(1));
  process.exit();
}
if (args[0] === 'capacity') {
  const { runCapacity } = await import('./capacity/capacity.ts');
  await runCapacity(args.slice(1));
  process.exit();
}
if (args[0] === 'rag') {
  const { runRag } = await import('./rag/rag.ts');
  await runRag(args.slice(1));
  process.exit();
}
if (args[0] === 'soak' && args.slice(1).every((word) => SECONDS.test(word))) {
  const { runSoak } = await import('./soak/soak.ts');
  const seconds = Number(SECONDS.exec(args[1] ?? '')?.[1] ?? SOAK_SECONDS);
  const soaked = await runSoak(seconds);
  console.log(soaked.text);
  if (args.length === 1) writeSection('soak', `\`npm run bench -- soak\` on ${soaked.text}`);
  process.exit(soaked.hasGrown ? 1 : 0);
}
const isQuick = args.includes('--quick');
const known = new Set<string>([...CANDIDATES, ...LOADS, '--quick']);
const unknown = args.filter((word) => !known.has(word) && !/^rounds=[1-9]\d*$/.test(word));
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(' ')}; known: privacy, policy, scan, rag, steps, beside, capacity or soak alone, ${[...known].join(' ')} rounds=<count>`,
  );
  process.exit(2);
}

function chosen<Name extends string>(
  names: readonly Name[],
  usual: readonly Name[],
): readonly Name[] {
  const named = names.filter((name) => args.includes(name));
  return named.length > 0 ? named : usual;
}

const loads = chosen<LoadName>(
  LOADS,
  LOADS.filter((name) => !isQuick || !SLOW.has(name)),
);
const roundsWord = args.find((word) => word.startsWith('rounds='));
const rounds = roundsWord ? Number(roundsWord.slice('rounds='.length)) : isQuick ? 1 : ROUNDS;
const text = await measured();
console.log(text);
if (args.length === 0) writeSection('gateway', `\`npm run bench\` on ${text}`);

/** Runs all loads and returns the tables. */
async function measured(): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const direct: Candidate = { name: 'direct', url: upstream.url, headers: {}, processes: [] };
  const candidates = [direct];
  for (const name of chosen(CANDIDATES, DEFAULT_CANDIDATES)) {
    candidates.push(await startCandidate(stack, name, upstream.url));
  }
  const idle = memoryRows(candidates);
  const startedMs = performance.now();
  const plans = plansOf(loads, isQuick ? QUICK_SHARE : 1);
  const results = await runRounds(candidates, plans, rounds);
  const tookSeconds = Math.round((performance.now() - startedMs) / 1_000);
  const after = memoryRows(candidates);
  const memory = idle.map((row, at) => ({
    name: row.name,
    idle: row.memory,
    after: after[at]?.memory ?? row.memory,
  }));
  const parts = [
    `${report.machineFacts()}, ${rounds} rounds in ${tookSeconds} s`,
    ...loads.map((name) => `- \`${name}\`: ${LOAD_NOTES[name]}`),
    report.barTable(results, loads),
    report.cpuTable(results, loads),
    report.processTable(results, loads),
    report.latencyTable(results, loads, 'aloneMs', 'added ms p50 / p99, one at a time'),
    report.latencyTable(results, loads, 'steadyMs', 'added ms p50 / p99, at a fixed rate'),
    report.latencyTable(results, loads, 'busyMs', 'added ms p50 / p99, 8 at once'),
    report.streamTable(results, loads),
    report.memoryTable(memory),
  ].filter((part) => part !== '');
  return parts.join('\n\n').replaceAll(/^(- .*\n)\n(?=- )/gm, '$1');
}

function memoryRows(candidates: readonly Candidate[]) {
  return candidates.flatMap(({ name, processes }) =>
    processes.map((child) => ({
      name: processes.length > 1 ? `${name}: ${child.name}` : name,
      memory: memoryOf(child),
    })),
  );
}
