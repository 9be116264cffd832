// A real PostgreSQL for one test file, in a temporary folder on a free loopback port, without fsync, and
// stopped by pid. PostgreSQL refuses to run as root, so root starts it as nobody.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { postgresPrograms } from './postgres-install.ts';
import { freePort, type RunningServer } from './servers.ts';

const run = promisify(execFile);
/** User and group id of `nobody` on Linux. */
const NOBODY = 65_534;
const SETTINGS = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'shared_buffers=64MB',
  'jit=off',
];

export interface PostgresServerOptions {
  readonly port?: number;
  /** Password of the user `llmp`; without it no password is needed. */
  readonly password?: string;
}

/** Starts a server with an empty database; its `url` has no password. */
export async function startPostgresServer(
  given: PostgresServerOptions = {},
): Promise<RunningServer> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error('no PostgreSQL with pgvector is installed');
  const directory = mkdtempSync(join(tmpdir(), 'llmp-postgres-data-'));
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in identity) chownSync(directory, NOBODY, NOBODY);
  const port = given.port ?? (await freePort());
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
  const data = join(directory, 'data');
  const options = { ...identity, cwd: directory, env };
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, given.password ?? '');
  const login = given.password
    ? ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    : ['-A', 'trust'];
  const args = ['-D', data, '-U', 'llmp', ...login, '-E', 'UTF8', '--no-sync'];
  await run(join(programs, 'initdb'), args, options);
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilReady(server);
  return {
    url: `postgres://llmp@127.0.0.1:${port}/postgres`,
    port,
    process: server,
    async [Symbol.asyncDispose]() {
      await stopped(server);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits for the log line, as the port accepts connections before the server is ready. */
async function untilReady(server: ChildProcess & { stderr: NonNullable<ChildProcess['stderr']> }) {
  const output: string[] = [];
  const lines = createInterface({ input: server.stderr });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`PostgreSQL does not start: ${output.join('\n')}`)));
    lines.on('line', (line) => {
      if (output.length < 100) output.push(line);
      if (line.includes('ready to accept connections')) resolve();
    });
  });
}

/** SIGINT is a fast shutdown, which closes connections instead of waiting for them. */
async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  server.kill('SIGINT');
  const killer = setTimeout(() => server.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(killer);
}
