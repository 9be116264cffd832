// Real Redis clusters, and primaries with sentinels, for tests: every server on a free loopback port.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, launch, startRedisServer, type RunningServer } from './servers.ts';

const SLOTS = 16_384;
/** Silence after which another server takes over. */
const DOWN_MS = 500;

export interface RedisGroup extends AsyncDisposable {
  /** For REDIS_URL. */
  readonly url: string;
  readonly primaries: readonly RunningServer[];
  readonly replicas: readonly RunningServer[];
}

export interface RedisClusterOptions {
  readonly primaries?: number;
  /** One replica for each primary. */
  readonly hasReplicas?: boolean;
}

/** Without options a cluster of one server, which is as strict about slots as a large one. */
export async function startRedisCluster({
  primaries: count = 1,
  hasReplicas = false,
}: RedisClusterOptions = {}): Promise<RedisGroup> {
  const stack = new AsyncDisposableStack();
  const start = async () => {
    // Its default, 10,000 above the other one, may be too high.
    const busPort = await freePort();
    const ports = ['--cluster-port', String(busPort), '--cluster-announce-ip', '127.0.0.1'];
    const common = ['--cluster-enabled', 'yes', ...ports];
    const timeout = ['--cluster-node-timeout', String(DOWN_MS), '--repl-diskless-sync-delay', '0'];
    const server = stack.use(await startRedisServer({ args: [...common, ...timeout] }));
    return { ...server, busPort };
  };
  try {
    const all = await Promise.all(Array.from({ length: hasReplicas ? 2 * count : count }, start));
    const [primaries, replicas] = [all.slice(0, count), all.slice(count)];
    const clients = new Map(all.map((server) => [server, new Redis(server.url)]));
    const clientOf = (server: RunningServer) => {
      const client = clients.get(server as (typeof all)[number]);
      if (!client) throw new Error('not a server of this cluster');
      return client;
    };
    for (const [at, server] of all.entries())
      await clientOf(server).call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
    for (const [at, server] of primaries.entries()) {
      const [first, next] = [at, at + 1].map((part) => Math.floor((part * SLOTS) / count));
      await clientOf(server).call('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (next ?? 0) - 1);
    }
    const [first = all[0], ...others] = all;
    if (!first) throw new RangeError('a cluster has at least one server');
    for (const { port, busPort } of others) {
      await clientOf(first).call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
    }
    for (const server of all) {
      await until(async () => {
        const nodes = (await textOf(clientOf(server), 'CLUSTER', 'NODES')).trim().split('\n');
        return nodes.length === all.length && nodes.every((node) => node.includes(' connected'));
      });
    }
    for (const [at, server] of replicas.entries()) {
      const primary = primaries[at];
      if (!primary) continue;
      const id = await textOf(clientOf(primary), 'CLUSTER', 'MYID');
      await until(() =>
        clientOf(server)
          .call('CLUSTER', 'REPLICATE', id)
          .then(
            () => true,
            () => false,
          ),
      );
    }
    for (const server of replicas) await until(() => isInSync(clientOf(server)));
    for (const server of all) {
      await until(async () => {
        const info = await textOf(clientOf(server), 'CLUSTER', 'INFO');
        return info.includes('cluster_state:ok');
      });
    }
    for (const client of clients.values()) client.disconnect();
    const nodes = all.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return {
      url: `redis+cluster://${nodes}`,
      primaries,
      replicas,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

export interface RedisSentinelOptions {
  /** Password of the servers. */
  readonly password?: string;
  /** Password of the sentinels. */
  readonly sentinelPassword?: string;
  readonly replicas?: number;
  /** More arguments of all servers. */
  readonly args?: readonly string[];
}

/** A primary with one or more replicas and three sentinels, who know it as `main`. */
export async function startRedisSentinels(options: RedisSentinelOptions = {}): Promise<RedisGroup> {
  const { password, sentinelPassword, replicas: count = 1, args = [] } = options;
  const stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'llmp-sentinel-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const login = password ? ['--requirepass', password, '--masterauth', password] : [];
    const common = [...login, '--repl-diskless-sync-delay', '0', ...args];
    const primary = stack.use(await startRedisServer({ args: common }));
    const replicaOf = ['--replicaof', `127.0.0.1 ${primary.port}`];
    const replicas: RunningServer[] = [];
    for (let at = 0; at < count; at += 1) {
      const replica = stack.use(await startRedisServer({ args: [...common, ...replicaOf] }));
      replicas.push(replica);
      const client = new Redis(replica.url, password ? { password } : {});
      await until(() => isInSync(client));
      client.disconnect();
    }
    const sentinels: RunningServer[] = [];
    for (let at = 0; at < 3; at += 1) {
      const port = await freePort();
      const file = join(directory, `sentinel-${at}.conf`);
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
        `sentinel down-after-milliseconds main ${DOWN_MS}`,
        'sentinel failover-timeout main 3000',
        ...(password ? [`sentinel auth-pass main ${password}`] : []),
        ...(sentinelPassword
          ? [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]
          : []),
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      const url = `redis://127.0.0.1:${port}`;
      sentinels.push(stack.use(await launch('redis-server', [file, '--sentinel'], url, port)));
    }
    for (const { url } of sentinels) {
      const sentinel = new Redis(url, sentinelPassword ? { password: sentinelPassword } : {});
      await until(async () => {
        const known = String(await sentinel.call('SENTINEL', 'MASTER', 'main')).split(',');
        const fact = (name: string) => known[known.indexOf(name) + 1];
        return fact('num-slaves') === String(count) && fact('num-other-sentinels') === '2';
      });
      sentinel.disconnect();
    }
    const nodes = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return {
      url: `redis+sentinel://${password ? `:${password}@` : ''}${nodes}/main`,
      primaries: [primary],
      replicas,
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function isInSync(replica: Redis): Promise<boolean> {
  return (await replica.info('replication')).includes('master_link_status:up');
}

async function textOf(client: Redis, command: string, ...args: string[]): Promise<string> {
  return String(await client.call(command, ...args));
}

async function until(isReached: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await isReached())) {
    if (Date.now() > giveUpAt) throw new Error('the Redis servers did not find each other');
    await setTimeout(20);
  }
}
