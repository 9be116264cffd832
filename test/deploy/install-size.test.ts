// What `npm install` takes on a disk, measured in a fresh folder.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-install-size-'));
  for (const path of ['package.json', 'package-lock.json', '.npmrc', 'test/tools/package.json']) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Installs; returns the megabytes of node_modules, as `du -sm` rounds them. */
async function installed(...args: string[]): Promise<number> {
  const options = { cwd: folder, timeout: 300_000 };
  await execute('npm', ['install', '--no-audit', '--no-fund', '--silent', ...args], options);
  const { stdout } = await execute('du', ['-sm', 'node_modules'], options);
  return Number.parseInt(stdout, 10);
}

const has = (name: string) => existsSync(join(folder, 'node_modules', name));

describe('npm install', () => {
  it('takes at most 150 MB, with what runs a test', async () => {
    expect(await installed()).toBeLessThanOrEqual(150);
    expect(has('vitest')).toBe(true);
    expect(has('node')).toBe(false);
  });

  it('takes at most 90 MB for the gateway alone', async () => {
    expect(await installed('--omit=dev')).toBeLessThanOrEqual(90);
    expect(has('fastify')).toBe(true);
    expect(has('vitest')).toBe(false);
  });
});
