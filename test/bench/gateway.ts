// What llmp costs: CPU over all its processes and latency, against the least any gateway costs, in
// one run on one machine. Trust ratios: the load shares the machine with what it measures.
//   npm run bench                              every candidate, in less than two minutes
//   npm run bench -- llmp node-parse 1kb       these candidates, these loads
//   npm run bench -- privacy                   what the scrubber finds, misses and costs
//   npm run bench -- policy                    what rules of a policy cost, and how long they hold
//   npm run bench -- rag                       how good and how fast the index of passages is
//   npm run bench -- rounds=10                 more rounds than the usual three

import { CANDIDATES, startCandidate, type Candidate } from './candidates.ts';
import { startServer } from './processes.ts';
import { cpuTable, firstByteTable, latencyTable, machineFacts, processTable } from './report.ts';
import { LOADS, runRounds } from './rounds.ts';

const words = process.argv.slice(2);
if (words.length === 1 && words[0] === 'privacy') {
  const { runPrivacy } = await import('./privacy/privacy.ts');
  await runPrivacy();
  process.exit(0);
}
if (words.length === 1 && words[0] === 'policy') {
  const { runPolicy } = await import('./policy/policy.ts');
  await runPolicy();
  process.exit(0);
}
if (words[0] === 'rag') {
  const { runRag } = await import('./rag/rag.ts');
  await runRag(words.slice(1));
  process.exit();
}
const known = new Set<string>([...CANDIDATES, ...LOADS]);
const rounds = Number(
  words.find((word) => word.startsWith('rounds='))?.slice('rounds='.length) ?? 3,
);
const unknown = words.filter((word) => !known.has(word) && !/^rounds=[1-9]\d*$/.test(word));
if (unknown.length > 0) {
  console.error(
    `unknown: ${unknown.join(' ')}; known: privacy, policy or rag alone, ${[...known].join(' ')} rounds=<count>`,
  );
  process.exit(2);
}

function chosen<Name extends string>(names: readonly Name[]): readonly Name[] {
  const named = names.filter((name) => words.includes(name));
  return named.length > 0 ? named : names;
}

const loads = chosen(LOADS);
await using stack = new AsyncDisposableStack();
const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
const candidates: Candidate[] = [{ name: 'direct', url: upstream.url, headers: {}, processes: [] }];
for (const name of chosen(CANDIDATES)) {
  candidates.push(await startCandidate(stack, name, upstream.url));
}
const startedMs = performance.now();
const results = await runRounds(candidates, loads, rounds);
const tookSeconds = Math.round((performance.now() - startedMs) / 1_000);

console.log(`${machineFacts()}, ${rounds} rounds in ${tookSeconds} s\n`);
console.log(`${cpuTable(results, loads)}\n`);
if (loads.some((name) => name !== 'stream')) console.log(`${latencyTable(results, loads)}\n`);
if (loads.includes('stream')) console.log(`${firstByteTable(results)}\n`);
if (results.has('llmp-nats')) console.log(`${processTable(results, loads)}\n`);
