import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and the missing ones above it. Node's own `recursive` tries for ever, beyond the reach
 * of signals, where a folder cannot hold others, as in `/proc`.
 */
export function makeFolder(path: string, mode = 0o700): void {
  const missing: string[] = [];
  let folder = resolve(path);
  while (!statSync(folder, { throwIfNoEntry: false }) && folder !== dirname(folder)) {
    missing.push(folder);
    folder = dirname(folder);
  }
  // What exists under this name may be a file.
  if (missing.length === 0) missing.push(folder);
  for (const each of missing.toReversed()) makeOne(each, mode);
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
