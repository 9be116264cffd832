// What is measured: llmp in one process, or any number of workers on NATS and Redis.

import { startCandidate, type Candidate } from '../candidates.ts';
import { addBenchKey, settings, startFlags } from '../llmp.ts';
import { fullPolicyFolder } from '../policy/folder.ts';
import type { Child } from '../processes.ts';
import { startSpread, type Workers } from '../spread.ts';

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

export async function startWorkers(
  stack: AsyncDisposableStack,
  upstream: Child & { readonly url: string },
  workers: Workers,
): Promise<Deployment> {
  const { env, key } = settings(stack, upstream.url);
  const spread = await startSpread(stack, {
    env: { ...env, LLMP_POLICIES: fullPolicyFolder(stack) },
    flags: startFlags(),
    workers,
    store: (store) => addBenchKey(store, key),
  });
  const { url, groups, redisUrl, brokerUrl } = spread;
  const candidate: Candidate = {
    name: 'llmp-nats-full',
    url,
    headers: { 'x-api-key': key },
    processes: [...groups.values()].flat(),
  };
  return { candidate, groups: groupsOf(upstream, [...groups]), redisUrl, brokerUrl };
}

function groupsOf(
  upstream: Child,
  groups: readonly (readonly [string, readonly Child[]])[],
): Map<string, readonly Child[]> {
  const client = { name: 'client', pid: process.pid };
  return new Map([['client', [client]], ['provider', [upstream]], ...groups]);
}
