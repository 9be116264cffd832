// What is measured: two floors, llmp as `npm start` runs it, and llmp as five processes on NATS. All
// answer at a URL and name the processes whose CPU is theirs.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import { limits } from '../../shared/limits.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { freePort, startNatsServer } from '../kit/servers.ts';
import { ready, startChild, startServer, type Child } from './processes.ts';

export interface Candidate {
  readonly name: CandidateName | 'direct';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly processes: readonly Child[];
}

export const CANDIDATES = [
  'pass-through',
  'node-parse',
  'llmp',
  'llmp-limited',
  'llmp-cached',
  'llmp-nats',
] as const;
export type CandidateName = (typeof CANDIDATES)[number];

const ROOMS = ['upstream', 'rag', 'policy', 'scrubber', 'ingress'];

/** Starts a candidate and waits until it can serve; `flags` are for Node, where llmp is started. */
export async function startCandidate(
  stack: AsyncDisposableStack,
  name: CandidateName,
  upstreamUrl: string,
  flags: readonly string[] = [],
): Promise<Candidate> {
  if (name === 'llmp' || name === 'llmp-limited' || name === 'llmp-cached') {
    return startSingle(stack, name, upstreamUrl, flags);
  }
  if (name === 'llmp-nats') return startSpread(stack, upstreamUrl, flags);
  const floor = await startServer(stack, name, ['test/bench/floor.ts', name, upstreamUrl]);
  return { name, url: floor.url, headers: {}, processes: [floor] };
}

async function startSingle(
  stack: AsyncDisposableStack,
  name: 'llmp' | 'llmp-limited' | 'llmp-cached',
  upstreamUrl: string,
  flags: readonly string[],
): Promise<Candidate> {
  const { env, key } = settings(stack, upstreamUrl);
  if (name !== 'llmp') await storeKey(env, key, name);
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const child = startChild(stack, name, ['services/main.ts'], {
    env: { ...env, LLMP_PORT: port, ...(name === 'llmp' ? {} : { LLMP_KEYS: '' }) },
    flags,
  });
  await ready(url);
  return { name, url, headers: { 'x-api-key': key }, processes: [child] };
}

async function startSpread(
  stack: AsyncDisposableStack,
  upstreamUrl: string,
  flags: readonly string[],
): Promise<Candidate> {
  const { env, key } = settings(stack, upstreamUrl);
  const broker = stack.use(await startNatsServer());
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const rooms: Child[] = [];
  for (const room of ROOMS) {
    const LLMP_HEALTH_PORT = String(await freePort());
    const given = { ...env, NATS_URL: broker.url, LLMP_PORT: port, LLMP_HEALTH_PORT };
    rooms.unshift(startChild(stack, room, ['services/main.ts', room], { env: given, flags }));
  }
  await ready(url);
  const server = { name: 'nats-server', pid: broker.process.pid ?? 0 };
  return {
    name: 'llmp-nats',
    url,
    headers: { 'x-api-key': key },
    processes: [...rooms, server],
  };
}

/** A key with every limit there is, and on its team, all too large to be reached; or one with a cache. */
async function storeKey(
  { LLMP_DATA_DIR }: { LLMP_DATA_DIR: string },
  key: string,
  name: 'llmp-limited' | 'llmp-cached',
) {
  await using store = openEmbeddedStore(LLMP_DATA_DIR);
  const named = { id: parseKey(key)?.id ?? '', hash: hashKey(key), name: 'bench', createdAt: 0 };
  if (name === 'llmp-cached') {
    await store.addKey({ ...named, cacheMs: limits.cache.ttlMaxMs });
    return;
  }
  const quotas = {
    requestsPerMinute: limits.quotaMax,
    inputTokensPerMinute: limits.quotaMax,
    outputTokensPerMinute: limits.quotaMax,
    concurrentRequests: limits.quotaMax,
    usdPerDay: limits.budgetUsdMax,
    usdPerMonth: limits.budgetUsdMax,
  };
  await store.setTeamLimits('bench', quotas);
  await store.addKey({ ...named, team: 'bench', limits: quotas });
}

function settings(stack: AsyncDisposableStack, upstreamUrl: string) {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-bench-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const key = createKey();
  const env = { LLMP_DATA_DIR: directory, LLMP_KEYS: key, LLMP_UPSTREAM_URL: upstreamUrl };
  return { env, key };
}
