// Reads a document in a separate process, so a hostile file cannot take the gateway's memory or time or
// see its files. Node's permission model allows that process to read only its own program.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { sep } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { DocumentText } from './read-markdown.ts';
import {
  RESULT_FD,
  resultFrom,
  taskBytes,
  type ReadingResult,
  type ReadingTask,
} from './reading-task.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

/** Share of the memory limit for V8's heap; the rest is for buffers and Node. */
const HEAP_SHARE = 0.75;
/** UTF-8 bytes of one UTF-16 unit, and of the line before the text. */
const UNIT_BYTES_MAX = 3;
const HEAD_BYTES_MAX = 64 * 1024;

/** V8 aborts when its heap is full; the watch and the kernel's OOM killer send SIGKILL. */
const OUT_OF_MEMORY = new Set<string | number | null>(['SIGKILL', 'SIGABRT', 134]);

/**
 * Settles after the process has ended.
 * @throws UnreadableDocumentError if the document is the cause; the signal's reason on abort; another
 * error if the process could not run
 */
export async function readApart(
  task: ReadingTask,
  bytes: Uint8Array,
  clock: Clock,
  signal: AbortSignal,
): Promise<DocumentText> {
  signal.throwIfAborted();
  const child = start(task.limits.memoryBytesMax);
  let onError: unknown;
  const stop = (reason: unknown) => {
    onError ??= reason;
    child.kill('SIGKILL');
  };
  const leave = () => stop(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  const cancelTimer = clock.after(task.limits.readMs, () =>
    stop(new UnreadableDocumentError('too_slow')),
  );
  try {
    const ended = once(child, 'close');
    const output: Buffer[] = [];
    // Without free processes or file descriptors there are no pipes; `ended` rejects then.
    if (child.pid !== undefined) {
      const bytesMax = HEAD_BYTES_MAX + UNIT_BYTES_MAX * task.limits.textUnitsMax;
      gather(child.stdio[RESULT_FD] as Readable, output, bytesMax, () =>
        stop(new UnreadableDocumentError('too_much_text')),
      );
      feed(child.stdin as Writable, taskBytes(task, bytes));
    }
    const [code, killedBy] = (await ended) as [number | null, string | null];
    if (onError !== undefined) throw onError;
    return textOf(code === 0 ? resultFrom(Buffer.concat(output)) : undefined, killedBy ?? code);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', leave);
  }
}

function start(memoryBytesMax: number) {
  const program = fileURLToPath(new URL('reading-process.ts', import.meta.url));
  const heapMegabytes = Math.floor((memoryBytesMax * HEAP_SHARE) / 1024 ** 2);
  const bounds = [
    `--max-old-space-size=${heapMegabytes}`,
    '--disallow-code-generation-from-strings',
  ];
  return spawn(process.execPath, [...rights(), ...bounds, '--no-warnings', program], {
    // Passes none of the gateway's settings and keys.
    env: {},
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
}

/** Node arguments that allow the process to read its program and start the watch, nothing else. */
export function rights(): string[] {
  const paths = readable().map((path) => `--allow-fs-read=${path}`);
  return ['--permission', '--allow-worker', ...paths];
}

/** The program and its libraries, with symbolic links resolved. */
function readable(): string[] {
  const collectionSets = createRequire(import.meta.url).resolve('unpdf');
  const folder = `${sep}node_modules${sep}`;
  return [
    ...['package.json', 'services/rag/', 'shared/', 'node_modules/'].map((path) =>
      fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
    ),
    collectionSets.slice(0, collectionSets.indexOf(folder) + folder.length),
  ];
}

function gather(output: Readable, chunks: Buffer[], bytesMax: number, tooMuch: () => void): void {
  let size = 0;
  output.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > bytesMax) tooMuch();
    else chunks.push(chunk);
  });
}

function feed(input: Writable, parts: readonly Uint8Array[]): void {
  // The exit status explains why the process ended early.
  input.on('error', () => {});
  for (const part of parts) input.write(part);
  input.end();
}

function textOf(result: ReadingResult | undefined, ending: string | number | null): DocumentText {
  if (result && 'refused' in result) throw new UnreadableDocumentError(result.refused);
  if (result) return result;
  if (OUT_OF_MEMORY.has(ending)) throw new UnreadableDocumentError('too_much_memory');
  // A library crashed the process.
  if (typeof ending === 'string') throw new UnreadableDocumentError('corrupt');
  throw new Error(`the reading process ended with ${ending}`);
}
