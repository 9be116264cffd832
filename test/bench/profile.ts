// Profiles llmp under one load and lists, per process, the modules and functions with the most self time.
//   node test/bench/profile.ts [llmp-full] 1kb [more loads]

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CANDIDATES, startCandidate, type Candidate } from './candidates.ts';
import { LOADS, plansOf, type LoadName } from './loads.ts';
import { startServer } from './processes.ts';
import { runRounds } from './rounds.ts';

const ROUNDS = 4;
const EXTENT = { share: 1, msMax: 5_000 };
const MODULES_LISTED = 12;
const FUNCTIONS_LISTED = 25;
/** Ignored start of the profile: startup and warm-up are not request cost. */
const SHARE_LEFT_OUT = 0.4;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const words = process.argv.slice(2);
const candidate = CANDIDATES.find((name) => words.includes(name)) ?? 'llmp-full';
const named = LOADS.filter((name) => words.includes(name));
for (const load of named.length > 0 ? named : (['1kb', '200kb'] as const)) {
  for (const [name, profile] of await profilesOf(load)) {
    console.log(`\n## ${name}, ${load}`);
    list(shares(profile, moduleOf).slice(0, MODULES_LISTED));
    console.log('---');
    list(shares(profile, placeOf).slice(0, FUNCTIONS_LISTED));
  }
}

/** The profile of each process, by name. */
async function profilesOf(load: LoadName): Promise<[name: string, profile: Profile][]> {
  await using outer = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'llmp-profile-'));
  outer.defer(() => rmSync(directory, { recursive: true }));
  const nameByPid = new Map<number, string>();
  {
    await using stack = new AsyncDisposableStack();
    const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
    const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`];
    const llmp = await startCandidate(stack, candidate, upstream.url, { flags });
    for (const { name, pid } of llmp.processes) nameByPid.set(pid, name);
    await runRounds([llmp], plansOf([load], EXTENT), { rounds: ROUNDS, onFailure });
  }
  // CPU.<date>.<time>.<pid>.<thread>.<sequence>.cpuprofile, written on exit.
  return readdirSync(directory).map((file) => [
    nameByPid.get(Number(file.split('.')[3])) ?? file,
    JSON.parse(readFileSync(join(directory, file), 'utf8')) as Profile,
  ]);
}

/** Nothing is to be seen in the profile of what failed. */
function onFailure(_candidate: Candidate, _load: LoadName, error: unknown): never {
  throw error;
}

/** Share of the busy time per `label`, largest first. */
function shares(
  { nodes, samples, timeDeltas }: Profile,
  label: (frame: CallFrame) => string,
): [label: string, share: number][] {
  const labelById = new Map(nodes.map(({ id, callFrame }) => [id, label(callFrame)]));
  const timeByLabel = new Map<string, number>();
  const first = Math.floor(samples.length * SHARE_LEFT_OUT);
  for (const [at, id] of samples.entries()) {
    const name = labelById.get(id) ?? '';
    if (at < first || /^\((idle|root)\)/.test(name)) continue;
    timeByLabel.set(name, (timeByLabel.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const busy = timeByLabel.values().reduce((sum, time) => sum + time, 0);
  const listed = Array.from(timeByLabel, ([name, time]): [string, number] => [name, time / busy]);
  return listed.toSorted(([, a], [, b]) => b - a);
}

function moduleOf({ functionName, url }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native code)';
  const [, library] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return library ?? url.replace(/^.*\/(?=(services|shared)\/)/, '');
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.replace(/^.*\/(?=(node_modules|services|shared)\/)/, '');
  const place = file === '' ? '' : ` ${file}:${lineNumber + 1}`;
  return `${functionName || 'anonymous'}${place}`;
}

function list(rows: readonly (readonly [label: string, share: number])[]): void {
  for (const [name, share] of rows)
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${name}`);
}
