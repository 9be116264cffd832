// The master key of all placeholders, configured or created once in the data directory. Scrubbers that
// share it issue the same placeholders.

import { hash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import { makeFolder } from '../../shared/runtime/make-folder.ts';
import { randomText } from '../../shared/runtime/ids.ts';

/** 32 bytes. Throws if the data directory is not writable. */
export function masterKeyOf(configured: string | null, directory: string): Uint8Array {
  const secret = configured ?? storedSecret(directory);
  return hash('sha256', `llmp scrub key ${secret}`, 'buffer');
}

function storedSecret(directory: string): string {
  try {
    return readOrCreateSecret(directory);
  } catch (error) {
    throw dataDirectoryError(error, directory);
  }
}

function readOrCreateSecret(directory: string): string {
  const path = join(directory, 'scrub-key');
  // Most starts find it, and then need neither space nor the right to write.
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  makeFolder(directory);
  const draft = `${path}.${randomText(8)}`;
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  try {
    // A link is atomic and never overwrites: one of several concurrent starts wins.
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}
