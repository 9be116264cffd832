// The secret behind all placeholders. From configuration, or made once and kept in the data
// directory: scrubbers that share the directory share the secret, so their placeholders agree.

import { hash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import { randomText } from '../../shared/runtime/ids.ts';

/** 32 bytes; throws when the data directory cannot be written. */
export function scrubKey(configured: string | null, directory: string): Uint8Array {
  const secret = configured ?? secretIn(directory);
  return hash('sha256', `llmp scrub key ${secret}`, 'buffer');
}

function secretIn(directory: string): string {
  try {
    return keptSecret(directory);
  } catch (error) {
    throw dataDirectoryError(error, directory);
  }
}

function keptSecret(directory: string): string {
  const path = join(directory, 'scrub-key');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomText(8)}`;
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  try {
    // A link appears whole or not at all, and never replaces: of several starters one wins.
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}
