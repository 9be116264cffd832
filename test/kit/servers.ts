// Real servers for tests: each test file starts its own on a free loopback port and stops it by pid. Data
// goes to a temporary directory.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverPath, type ServerName } from './server-programs.ts';

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
}

export interface NatsServerOptions {
  /** The port to reuse after a restart. */
  readonly port?: number;
  readonly config?: string;
  /** Additional command line arguments. */
  readonly args?: readonly string[];
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const config = options.config ? ['-c', options.config] : [];
  const args = ['-a', '127.0.0.1', '-p', String(port), ...config, ...(options.args ?? [])];
  return await launch('nats-server', args, `nats://127.0.0.1:${port}`, port);
}

/** `args` start it again, at the same port. */
export type NatsClusterServer = RunningServer & { readonly args: readonly string[] };

/** Starts a cluster: clients of one broker reach those of all. */
export async function startNatsCluster(size: number): Promise<NatsClusterServer[]> {
  const routePorts = await Promise.all(Array.from({ length: size }, freePort));
  const routes = routePorts.map((port) => `nats://127.0.0.1:${port}`).join(',');
  return await Promise.all(
    routePorts.map(async (port, at) => {
      const cluster = ['--cluster_name', 'test', '--cluster', `nats://127.0.0.1:${port}`];
      const args = [...cluster, '--routes', routes, '-n', `server-${at}`];
      return { ...(await startNatsServer({ args })), args };
    }),
  );
}

/** The broker configuration that compose ships. */
export const SHIPPED_CONFIG = fileURLToPath(
  new URL('../../shared/bus/nats-server.conf', import.meta.url),
);

/** Password of a worker's user on a server with the shipped configuration. */
export function passwordOf(worker: string): string {
  return `secret-of-${worker}`;
}

function passwords(): Record<string, string> {
  const workers = ['ingress', 'scrubber', 'policy', 'rag', 'upstream'];
  return Object.fromEntries(
    workers.map((worker) => [`NATS_PASSWORD_${worker.toUpperCase()}`, passwordOf(worker)]),
  );
}

export interface RedisServerOptions {
  readonly port?: number;
  /** Additional command line arguments. */
  readonly args?: readonly string[];
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RunningServer> {
  const port = options.port ?? (await freePort());
  const directory = mkdtempSync(join(tmpdir(), 'llmp-redis-'));
  const address = ['--bind', '127.0.0.1', '--port', String(port)];
  const args = [...address, '--save', '', '--dir', directory, ...(options.args ?? [])];
  const server = await launch('redis-server', args, `redis://127.0.0.1:${port}`, port);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A port that is free at the time of the call. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

export async function launch(
  name: ServerName,
  args: readonly string[],
  url: string,
  port: number,
): Promise<RunningServer> {
  const path = serverPath(name);
  if (path === undefined) throw new Error(`${name} is not installed`);
  const child = spawn(path, args, { stdio: 'ignore', env: { ...process.env, ...passwords() } });
  await untilOpen(port, child);
  return { url, port, process: child, [Symbol.asyncDispose]: () => stopped(child) };
}

/** Stops a server by its pid, with SIGKILL after 3 s, and waits until it has exited. */
export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await exited;
  clearTimeout(killer);
}

/** Resolves when the port accepts connections, the only sign of readiness. */
export async function untilOpen(port: number, child: ChildProcess): Promise<void> {
  const giveUpAt = Date.now() + 15_000;
  while (Date.now() < giveUpAt) {
    if (child.exitCode !== null) throw new Error(`the server exited with ${child.exitCode}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on port ${port}`);
}
