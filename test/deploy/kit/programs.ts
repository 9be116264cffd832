// Programs of Debian that tests of deploy/ run. CI has them (.ci/run); elsewhere root gets them from apt-get.

import { execFileSync, spawnSync } from 'node:child_process';
import { describe } from 'vitest';
import { missing } from '../../kit/missing.ts';

/** Programs, by the argument that makes them print something and end. */
const PROGRAMS = { nginx: '-v', caddy: 'version', 'systemd-analyze': '--version' } as const;
const PACKAGES = { nginx: 'nginx-light', caddy: 'caddy', 'systemd-analyze': 'systemd' } as const;

/** Debian keeps servers where only root looks. */
export const withServers = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };

/** Skipped, with a conspicuous line, where the program cannot be had; an error in CI. */
export function describeWithProgram(name: keyof typeof PROGRAMS) {
  return describe.skipIf(!isThere(name) && !install(name));
}

function isThere(name: keyof typeof PROGRAMS): boolean {
  return spawnSync(name, [PROGRAMS[name]], { env: withServers }).status === 0;
}

function install(name: keyof typeof PROGRAMS): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-qq', '--no-install-recommends', PACKAGES[name]];
  try {
    execFileSync('apt-get', args, { env, stdio: 'pipe', timeout: 120_000 });
  } catch (error) {
    missing(name, 'there is none, and apt-get could not install it', error);
  }
  return isThere(name);
}
