// What is measured: llmp in one process, or any number of workers on NATS and Redis.

import { limits } from '../../../shared/limits.ts';
import { connectRedisStore } from '../../../shared/store/redis.ts';
import { freePort, startNatsServer, startRedisServer } from '../../kit/servers.ts';
import {
  addBenchKey,
  settings,
  startCandidate,
  startFlags,
  type Candidate,
} from '../candidates.ts';
import { fullPolicyFolder } from '../policy/folder.ts';
import { ready, startChild, type Child } from '../processes.ts';

/** Workers of the stages that a request passes. */
export interface Workers {
  readonly ingress: number;
  readonly scrubber: number;
  readonly policy: number;
  readonly upstream: number;
}

export interface Deployment {
  readonly candidate: Candidate;
  /** Processes by the group they belong to. */
  readonly groups: ReadonlyMap<string, readonly Child[]>;
  readonly redisUrl?: string;
  /** Where the broker says what it has delivered. */
  readonly brokerUrl?: string;
}

export async function startSingle(
  stack: AsyncDisposableStack,
  upstream: Child & { readonly url: string },
): Promise<Deployment> {
  const candidate = await startCandidate(stack, 'llmp-full', upstream.url);
  return { candidate, groups: groupsOf(upstream, [['llmp', candidate.processes]]) };
}

export async function startSpread(
  stack: AsyncDisposableStack,
  upstream: Child & { readonly url: string },
  counts: Workers,
): Promise<Deployment> {
  const [monitor, port] = [await freePort(), String(await freePort())];
  const broker = stack.use(await startNatsServer({ args: ['-m', String(monitor)] }));
  const redis = stack.use(await startRedisServer());
  const { env, key } = settings(stack, upstream.url);
  await storeKey(redis.url, key);
  const flags = startFlags();
  const common = {
    ...env,
    NATS_URL: broker.url,
    REDIS_URL: redis.url,
    LLMP_POLICIES: fullPolicyFolder(stack),
    LLMP_PORT: port,
  };
  const workers: [string, Child[]][] = [];
  // The rag worker has nothing to do, but the ingress is ready only with all stages.
  const named = Object.entries({ upstream: counts.upstream, policy: counts.policy, rag: 1 });
  for (const [stage, count] of [...named, ...Object.entries(counts).slice(0, 2).toReversed()]) {
    const children: Child[] = [];
    for (let at = 0; at < count; at += 1) {
      const workerEnv = { ...common, LLMP_HEALTH_PORT: String(await freePort()) };
      const words = ['services/main.ts', stage];
      children.push(startChild(stack, stage, words, { env: workerEnv, flags }));
    }
    workers.push([stage, children]);
  }
  const servers: [string, Child[]][] = [
    ['nats', [{ name: 'nats', pid: broker.process.pid ?? 0 }]],
    ['redis', [{ name: 'redis', pid: redis.process.pid ?? 0 }]],
  ];
  const url = `http://127.0.0.1:${port}`;
  await ready(url);
  const groups = groupsOf(upstream, [...workers.toReversed(), ...servers]);
  const processes = [...workers, ...servers].flatMap(([, children]) => children);
  const candidate: Candidate = {
    name: 'llmp-nats-full',
    url,
    headers: { 'x-api-key': key },
    processes,
  };
  return {
    candidate,
    groups,
    redisUrl: redis.url,
    brokerUrl: `http://127.0.0.1:${monitor}`,
  };
}

function groupsOf(
  upstream: Child,
  groups: readonly (readonly [string, readonly Child[]])[],
): Map<string, readonly Child[]> {
  const client = { name: 'client', pid: process.pid };
  return new Map([['client', [client]], ['provider', [upstream]], ...groups]);
}

async function storeKey(url: string, key: string): Promise<void> {
  await using store = await connectRedisStore({
    url,
    commandMs: limits.store.commandMs,
    retention: limits.store.ledger,
    onError: (error) => {
      throw error;
    },
  });
  await addBenchKey(store, key);
}
