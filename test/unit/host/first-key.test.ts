import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureFirstKey } from '../../../services/host/first-key.ts';
import { limits } from '../../../shared/limits.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { openEmbeddedStore } from '../../../shared/store/embedded.ts';
import type { Store } from '../../../shared/store/store.ts';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-key-'));
  store = openEmbeddedStore(folder, limits.store);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const ensure = () => ensureFirstKey(store, folder, systemClock);

describe('the first key', () => {
  it('is in a file that only its owner can read, also where another one was', async () => {
    const path = join(folder, 'first-key');
    writeFileSync(path, 'old\n');
    chmodSync(path, 0o644);
    const first = await ensure();
    expect(readFileSync(path, 'utf8')).toBe(`${first?.key}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is found again by later starts until its file is deleted', async () => {
    const first = await ensure();
    expect((await ensure())?.key).toBe(first?.key);
    first?.forget();
    expect(await ensure()).toBeUndefined();
  });

  it('names the data directory when its file cannot be written', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(ensureFirstKey(store, file, systemClock)).rejects.toThrow(
      `the data directory ${file} cannot be used (it is a file, EEXIST): check it, or name another one in LLMP_DATA_DIR`,
    );
  });
});
