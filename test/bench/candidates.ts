// What is measured: two floors, llmp as `npm start` runs it, and llmp as five processes on NATS, each with
// no, one or all extras. A candidate is a URL and the processes whose CPU counts.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteIndex } from '../../services/rag/passage-index/sqlite.ts';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import { CACHE_TTL_MAX_MS } from '../../services/admin/key-input.ts';
import { BUDGET_USD_MAX, QUOTA_MAX } from '../../services/admin/quota-input.ts';
import { limits } from '../../shared/limits.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import type { Store } from '../../shared/store/store.ts';
import { collectionNamed } from '../kit/retrieval.ts';
import { freePort, startNatsServer } from '../kit/servers.ts';
import { fullPolicyFolder } from './policy/folder.ts';
import { ready, startChild, startServer, type Child } from './processes.ts';
import { textsByKind } from './texts.ts';

export interface Candidate {
  readonly name: CandidateName | 'direct';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly processes: readonly Child[];
}

/** Extras of the llmp key, and whether llmp runs as several processes. */
interface Extras {
  readonly isLimited: boolean;
  readonly isCached: boolean;
  readonly isGuarded: boolean;
  readonly hasDocuments: boolean;
  readonly isSpread: boolean;
}

const BARE: Extras = {
  isLimited: false,
  isCached: false,
  isGuarded: false,
  hasDocuments: false,
  isSpread: false,
};
const FULL: Extras = { ...BARE, isLimited: true, isCached: true, isGuarded: true };

const LLMPS = {
  llmp: BARE,
  'llmp-limited': { ...BARE, isLimited: true },
  'llmp-cached': { ...BARE, isCached: true },
  'llmp-guarded': { ...BARE, isGuarded: true },
  'llmp-rag': { ...BARE, hasDocuments: true },
  'llmp-nats': { ...BARE, isSpread: true },
  'llmp-full': FULL,
  'llmp-nats-full': { ...FULL, isSpread: true },
} as const satisfies Record<string, Extras>;
type LlmpName = keyof typeof LLMPS;

const FLOORS = ['pass-through', 'node-parse'] as const;
export type CandidateName = (typeof FLOORS)[number] | LlmpName;

export const CANDIDATES: readonly CandidateName[] = [
  ...FLOORS,
  ...(Object.keys(LLMPS) as LlmpName[]),
];
/** The default candidates: the floor, and llmp with everything on. */
export const DEFAULT_CANDIDATES: readonly CandidateName[] = [
  'node-parse',
  'llmp-full',
  'llmp-nats-full',
];

const STAGES = ['upstream', 'rag', 'policy', 'scrubber', 'ingress'];

/**
 * Starts a candidate and waits until it is ready.
 * @param extraFlags Node options for llmp
 */
export async function startCandidate(
  stack: AsyncDisposableStack,
  name: CandidateName,
  upstreamUrl: string,
  extraFlags: readonly string[] = [],
): Promise<Candidate> {
  const flags = [...startFlags(), ...extraFlags];
  if (name === 'pass-through' || name === 'node-parse') {
    const floor = await startServer(stack, name, ['test/bench/floor.ts', name, upstreamUrl]);
    return { name, url: floor.url, headers: {}, processes: [floor] };
  }
  const extras = LLMPS[name];
  const { env, key } = settings(stack, upstreamUrl);
  await storeKey(env, key, extras);
  if (extras.hasDocuments) await storeDocuments(env);
  const policies = extras.isGuarded ? { LLMP_POLICIES: fullPolicyFolder(stack) } : {};
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const workerEnv = { ...env, ...policies, LLMP_PORT: port };
  const processes = extras.isSpread
    ? await startWorkers(stack, workerEnv, flags)
    : [startChild(stack, name, ['services/main.ts'], { env: workerEnv, flags })];
  await ready(url);
  return { name, url, headers: { 'x-api-key': key }, processes };
}

async function startWorkers(
  stack: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<Child[]> {
  const broker = stack.use(await startNatsServer());
  const workers: Child[] = [];
  for (const stageName of STAGES) {
    const LLMP_HEALTH_PORT = String(await freePort());
    const workerEnv = { ...env, NATS_URL: broker.url, LLMP_HEALTH_PORT };
    workers.unshift(
      startChild(stack, stageName, ['services/main.ts', stageName], { env: workerEnv, flags }),
    );
  }
  return [...workers, { name: 'nats-server', pid: broker.process.pid ?? 0 }];
}

async function storeKey({ LLMP_DATA_DIR }: { LLMP_DATA_DIR: string }, key: string, extras: Extras) {
  await using store = openEmbeddedStore(LLMP_DATA_DIR, limits.store);
  await addBenchKey(store, key, extras);
}

/** Stores a key and a team with every kind of limit, all too large to be reached. */
export async function addBenchKey(
  store: Store,
  key: string,
  { isLimited, isCached, hasDocuments }: Extras = FULL,
): Promise<void> {
  const quotas = {
    requestsPerMinute: QUOTA_MAX,
    inputTokensPerMinute: QUOTA_MAX,
    outputTokensPerMinute: QUOTA_MAX,
    concurrentRequests: QUOTA_MAX,
    usdPerDay: BUDGET_USD_MAX,
    usdPerMonth: BUDGET_USD_MAX,
  };
  if (isLimited) await store.setTeamLimits('bench', quotas);
  await store.addKey({
    id: parseKey(key)?.id ?? '',
    hash: hashKey(key),
    name: 'bench',
    createdAt: 0,
    ...(isCached ? { cacheMs: CACHE_TTL_MAX_MS } : {}),
    ...(isLimited ? { team: 'bench', limits: quotas } : {}),
    ...(hasDocuments ? { collections: [COLLECTION] } : {}),
  });
}

const COLLECTION = 'bench';
const PASSAGES = 1_000;

/** Indexes the dependencies' READMEs as a collection. */
async function storeDocuments({ LLMP_DATA_DIR }: { LLMP_DATA_DIR: string }) {
  await using store = openEmbeddedStore(LLMP_DATA_DIR, limits.store);
  await store.putCollection(collectionNamed(COLLECTION, { coverageMin: 0.1 }));
  await using index = openSqliteIndex(join(LLMP_DATA_DIR, 'index'));
  const text = textsByKind().get('prose') ?? '';
  const length = Math.floor(text.length / PASSAGES);
  const passages = Array.from({ length: PASSAGES }, (_, at) => ({
    text: text.slice(at * length, (at + 1) * length),
    headings: [],
  }));
  const named = { id: 'doc', title: 'Readme', source: 'readme.md' };
  const document = { collection: COLLECTION, ...named, hash: 'hash', revision: 'first' };
  await index.replace(document, passages);
}

/** The Node options of `npm start`, such as the compile cache. */
export function startFlags(): string[] {
  const path = new URL('../../package.json', import.meta.url);
  const { scripts } = JSON.parse(readFileSync(path, 'utf8')) as { scripts: { start: string } };
  const [, words = ''] = /^node (.*) services\/main\.ts$/.exec(scripts.start) ?? [];
  return Array.from(words.matchAll(/"([^"]+)"|\S+/g), ([word, quoted]) => quoted ?? word);
}

export function settings(stack: AsyncDisposableStack, upstreamUrl: string) {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-bench-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const key = createKey();
  const env = { LLMP_DATA_DIR: directory, LLMP_UPSTREAM_URL: upstreamUrl };
  return { env, key };
}
