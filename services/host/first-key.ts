// The first key: a fresh gateway nobody can use would be of no use, so it makes one key and leaves it
// in a file of the data directory that only its owner can read. Delete the file once it is noted.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../shared/runtime/clock.ts';
import { createKey, hashKey, parseKey } from '../../shared/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { keyStatusOf } from '../admin/key-status.ts';

export interface FirstKey {
  readonly key: string;
  readonly path: string;
}

/** The first key while its file is there; made when the store has no key at all. */
export async function firstKey(
  store: Store,
  directory: string,
  clock: Clock,
): Promise<FirstKey | undefined> {
  const path = join(directory, 'first-key');
  if (!(await store.hasKeys())) {
    const key = createKey();
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${key}\n`, { mode: 0o600 });
    const id = parseKey(key)?.id ?? '';
    await store.addKey({ id, hash: hashKey(key), name: 'first key', createdAt: clock.now() });
    return { key, path };
  }
  const key = readIfThere(path);
  const record = key === undefined ? undefined : await store.keyByHash(hashKey(key));
  // A key that is not accepted any more would only mislead whoever is shown it.
  const isUsable = record !== undefined && keyStatusOf(record, clock.now()) === 'active';
  return key !== undefined && isUsable ? { key, path } : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
