// A disk of a few MB that a test can fill or make read-only: a tmpfs, for which it must be root.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

export interface SmallDisk extends Disposable {
  readonly path: string;
  /** Takes all of the space that is left. */
  fill(): void;
  free(): void;
  setReadOnly(isReadOnly: boolean): void;
}

export function mountSmallDisk(size = '4m'): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'llmp-disk-'));
  const ballast = join(path, 'ballast');
  const mount = (...args: readonly string[]) => {
    execFileSync('mount', args, { stdio: 'ignore' });
  };
  try {
    mount('-t', 'tmpfs', '-o', `size=${size}`, 'llmp-test', path);
  } catch (error) {
    rmSync(path, { recursive: true });
    throw error;
  }
  return {
    path,
    fill() {
      const file = openSync(ballast, 'a');
      const page = Buffer.alloc(4_096, 'x');
      try {
        for (;;) writeSync(file, page);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    setReadOnly: (isReadOnly) => mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, path),
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' });
      rmSync(path, { recursive: true });
    },
  };
}

function canMount(): boolean {
  try {
    mountSmallDisk()[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

const isPossible = canMount();
if (!isPossible) process.stderr.write('Tests of full disks are skipped: mounting needs root.\n');

/** `describe` for tests on a small disk; skipped, with a message, where none can be mounted. */
export const describeWithSmallDisk = describe.skipIf(!isPossible);
