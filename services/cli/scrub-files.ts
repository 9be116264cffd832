// The texts that `llmp scrub` reads: files, folders with all that is in them, and standard input.

import { opendir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface ScrubInput {
  /** The path as given, or `-` for standard input. */
  readonly name: string;
  /** Null for a binary file. */
  readonly text: string | null;
}

export const STANDARD_INPUT = '-';

/** Folders of other people's code, which would take most of the time. */
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);
/** As git does it: text has no zero byte here. */
const INSPECTED_BYTES = 8_000;

/** @throws when a path cannot be read: a check must not pass over a file */
export async function* scrubInputs(
  paths: readonly string[],
  readStandardInput: () => Promise<Uint8Array>,
): AsyncGenerator<ScrubInput> {
  for (const path of paths.length === 0 ? [STANDARD_INPUT] : paths) {
    if (path === STANDARD_INPUT) yield { name: path, text: textOf(await readStandardInput()) };
    else if ((await stat(path)).isDirectory()) yield* filesIn(path);
    else yield { name: path, text: textOf(await readFile(path)) };
  }
}

/** In the order of their names, so that reports can be compared. Links are not followed. */
async function* filesIn(folder: string): AsyncGenerator<ScrubInput> {
  const entries = (await Array.fromAsync(await opendir(folder))).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
  for (const entry of entries) {
    const name = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) yield* filesIn(name);
    else if (entry.isFile()) yield { name, text: textOf(await readFile(name)) };
  }
}

function textOf(bytes: Uint8Array): string | null {
  if (bytes.subarray(0, INSPECTED_BYTES).includes(0)) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
