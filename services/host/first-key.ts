// A gateway without any key would be unusable, so it creates one and saves it in a file of the data
// directory that only its owner can read. A start that shows it to a person deletes the file.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import { makeFolder } from '../../shared/runtime/make-folder.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import { keyStatusOf } from '../admin/key-status.ts';

export interface FirstKey {
  readonly key: string;
  /** The file it is saved in. */
  readonly path: string;
  /** Deletes the file once a person has seen the key. */
  forget(): void;
}

/** Creates a key if the store has none; otherwise returns the saved one while it is still active. */
export async function ensureFirstKey(
  store: Store,
  directory: string,
  clock: Clock,
): Promise<FirstKey | undefined> {
  const path = join(directory, 'first-key');
  if (!(await store.hasKeys())) {
    const key = createKey();
    saveKey(directory, path, key);
    const id = parseKey(key)?.id ?? '';
    await store.addKey({ id, hash: hashKey(key), name: 'first key', createdAt: clock.now() });
    return firstKeyIn(path, key);
  }
  const key = readIfExists(path);
  const record = key === undefined ? undefined : await store.keyByHash(hashKey(key));
  const isActive = record !== undefined && keyStatusOf(record, clock.now()) === 'active';
  return key !== undefined && isActive ? firstKeyIn(path, key) : undefined;
}

function firstKeyIn(path: string, key: string): FirstKey {
  return { key, path, forget: () => rmSync(path, { force: true }) };
}

function saveKey(directory: string, path: string, key: string): void {
  try {
    makeFolder(directory);
    // A file of an earlier store may be open to others.
    rmSync(path, { force: true });
    writeFileSync(path, `${key}\n`, { mode: 0o600 });
  } catch (error) {
    throw dataDirectoryError(error, directory);
  }
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
