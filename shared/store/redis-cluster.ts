// A connection to a Redis Cluster. ioredis follows MOVED and ASK, and asks again after TRYAGAIN, CLUSTERDOWN
// and lost connections; here every command gets a deadline for all of that together.

import { Cluster, Redis, type ClusterOptions, type Command } from 'ioredis';
import { DependencyError } from '../runtime/dependency-error.ts';
import type { RedisAddress, RedisNode } from '../runtime/redis-url.ts';
import { redisClusterDown, redisError } from './redis-error.ts';
import type { NodeOptions, RedisConnectionOptions } from './redis-options.ts';

/** How often the map of slots is read again: a server that hangs reports no move. */
const SLOTS_REFRESH_MS = 2_000;

/** @throws DependencyError when the cluster is not available. */
export async function connectCluster(
  { url, ca, commandMs, onError }: RedisConnectionOptions,
  { nodes, username, password, tls }: RedisAddress,
): Promise<Cluster> {
  let isConnected = false;
  let reason: unknown;
  const redisOptions: NodeOptions = {
    connectTimeout: commandMs,
    commandTimeout: commandMs,
    maxRetriesPerRequest: 1,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: ca === undefined ? {} : { ca } } : {}),
  };
  const cluster = new DeadlineCluster(
    nodes.map((node) => ({ ...node })),
    {
      lazyConnect: true,
      redisOptions,
      slotsRefreshTimeout: commandMs,
      slotsRefreshInterval: SLOTS_REFRESH_MS,
      clusterRetryStrategy: (attempts) => (isConnected ? Math.min(attempts * 100, 2_000) : null),
      // Certificates name hosts, not addresses.
      ...(tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
    },
    commandMs,
  );
  const report = (error: unknown) => {
    if (isConnected) onError(redisError(error, url));
    // Each node reports its reason, and the cluster that all of them failed.
    else reason ??= lastNodeError(error);
  };
  cluster.on('error', report);
  cluster.on('node error', report);
  try {
    await Promise.race([cluster.connect(), ended(cluster, url)]);
    isConnected = true;
    return cluster;
  } catch (error) {
    cluster.disconnect();
    const known = redisError(reason ?? error, url);
    throw isVague(known)
      ? redisError((await reasonAt(nodes[0], redisOptions)) ?? known, url)
      : known;
  }
}

class DeadlineCluster extends Cluster {
  readonly #commandMs: number;

  constructor(
    nodes: ConstructorParameters<typeof Cluster>[0],
    options: ClusterOptions & { redisOptions: NodeOptions },
    commandMs: number,
  ) {
    super(nodes, { ...options, redisOptions: options.redisOptions });
    this.#commandMs = commandMs;
  }

  /** Called again for commands that waited for a reconnect; those whose time is over are not sent. */
  override sendCommand(command: Command, ...rest: SendRest): unknown {
    if (command.isSettled) return command.promise;
    command.setTimeout(this.#commandMs);
    return super.sendCommand(command, ...rest);
  }
}

type SendRest = Parameters<Cluster['sendCommand']> extends [unknown, ...infer Rest] ? Rest : never;

/** A cluster that is not ready, such as one without all slots, only ends. */
function ended(cluster: Cluster, url: string): Promise<never> {
  return new Promise((_, reject) => {
    cluster.once('end', () => reject(redisClusterDown(url)));
  });
}

/** Of nodes that cannot be reached the cluster client says only that they closed the connection. */
function isVague(error: unknown): boolean {
  return error instanceof DependencyError && error.code === undefined;
}

async function reasonAt(node: RedisNode | undefined, options: NodeOptions): Promise<unknown> {
  const redis = new Redis({ ...options, ...node, lazyConnect: true, retryStrategy: null });
  let reason: unknown;
  redis.on('error', (error) => (reason ??= error));
  await redis.connect().catch((error: unknown) => (reason ??= error));
  redis.disconnect();
  return reason;
}

function lastNodeError(error: unknown): unknown {
  return error instanceof Error && 'lastNodeError' in error ? error.lastNodeError : error;
}
