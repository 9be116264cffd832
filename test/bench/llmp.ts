// llmp as `npm start` runs it, and as the processes of docker-compose.yml on NATS and Redis, each with no, one or all extras.

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
import { lastingPort } from '../kit/lasting-port.ts';
import { SERVERS, serverPath } from '../kit/server-programs.ts';
import type { Candidate } from './candidates.ts';
import { fullPolicyFolder } from './policy/folder.ts';
import { ready, startChild } from './processes.ts';
import { COMPOSE, startSpread } from './spread.ts';
import { textsByKind } from './texts.ts';

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
export type LlmpName = keyof typeof LLMPS;
export const LLMP_NAMES = Object.keys(LLMPS) as LlmpName[];

/** Why this machine cannot run it, if so. */
export function missingForLlmp(name: LlmpName): string | undefined {
  const servers = LLMPS[name].isSpread ? SERVERS : [];
  return servers.find((server) => serverPath(server) === undefined);
}

export interface LlmpOptions {
  /** Node options. */
  readonly flags?: readonly string[];
  /** In place of the policy folder of the name. */
  readonly policies?: string;
}

/** Starts llmp and waits until it is ready. */
export async function startLlmp(
  stack: AsyncDisposableStack,
  name: LlmpName,
  upstreamUrl: string,
  { flags: more = [], policies }: LlmpOptions = {},
): Promise<Candidate> {
  const extras = LLMPS[name];
  const flags = [...startFlags(), ...more];
  const { env, key } = settings(stack, upstreamUrl);
  const folder = policies ?? (extras.isGuarded ? fullPolicyFolder(stack) : undefined);
  const common = { ...env, ...(folder === undefined ? {} : { LLMP_POLICIES: folder }) };
  if (extras.isSpread) {
    const store = (redis: Store) => addBenchKey(redis, key, extras);
    const { url, groups } = await startSpread(stack, {
      env: common,
      flags,
      workers: COMPOSE,
      store,
    });
    return { name, url, headers: { 'x-api-key': key }, processes: [...groups.values()].flat() };
  }
  await storeKey(env, key, extras);
  if (extras.hasDocuments) await storeDocuments(env);
  const port = String(await lastingPort());
  const url = `http://127.0.0.1:${port}`;
  const started = { env: { ...common, LLMP_PORT: port }, flags };
  const child = startChild(stack, name, ['services/main.ts'], started);
  await ready(`${url}/readyz`, [child.process]);
  return { name, url, headers: { 'x-api-key': key }, processes: [child] };
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
