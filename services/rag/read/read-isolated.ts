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
/** UTF-8 bytes per UTF-16 code unit, and of the line before the text. */
const CHARACTER_BYTES_MAX = 3;
const HEAD_BYTES_MAX = 64 * 1024;

/** V8 aborts when its heap is full; the watch and the kernel's OOM killer send SIGKILL. */
const OUT_OF_MEMORY = new Set<string | number | null>(['SIGKILL', 'SIGABRT', 134]);

/**
 * Settles after the process has ended.
 * @throws UnreadableDocumentError if the document is the cause; the signal's reason on abort; another
 * error if the process could not run
 */
export async function readIsolated(
  task: ReadingTask,
  bytes: Uint8Array,
  clock: Clock,
  signal: AbortSignal,
): Promise<DocumentText> {
  signal.throwIfAborted();
  const child = start(task.limits.memoryBytesMax);
  let failure: unknown;
  const kill = (reason: unknown) => {
    failure ??= reason;
    child.kill('SIGKILL');
  };
  const onAbort = () => kill(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const cancelTimer = clock.after(task.limits.readMs, () =>
    kill(new UnreadableDocumentError('too_slow')),
  );
  try {
    const ended = once(child, 'close');
    const output: Buffer[] = [];
    // Without free processes or file descriptors there are no pipes; `ended` rejects then.
    if (child.pid !== undefined) {
      const bytesMax = HEAD_BYTES_MAX + CHARACTER_BYTES_MAX * task.limits.textCharsMax;
      collect(child.stdio[RESULT_FD] as Readable, output, bytesMax, () =>
        kill(new UnreadableDocumentError('too_much_text')),
      );
      send(child.stdin as Writable, taskBytes(task, bytes));
    }
    const [code, killedBy] = (await ended) as [number | null, string | null];
    if (failure !== undefined) throw failure;
    return textOf(code === 0 ? resultFrom(Buffer.concat(output)) : undefined, killedBy ?? code);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', onAbort);
  }
}

function start(memoryBytesMax: number) {
  const program = fileURLToPath(new URL('reading-process.ts', import.meta.url));
  const heapMegabytes = Math.floor((memoryBytesMax * HEAP_SHARE) / 1024 ** 2);
  const bounds = [
    `--max-old-space-size=${heapMegabytes}`,
    '--disallow-code-generation-from-strings',
  ];
  return spawn(process.execPath, [...permissionFlags(), ...bounds, '--no-warnings', program], {
    // Passes none of the gateway's settings and keys.
    env: {},
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
}

/** Node arguments that allow the process to read its program and start the watch, nothing else. */
export function permissionFlags(): string[] {
  const paths = readablePaths().map((path) => `--allow-fs-read=${path}`);
  return ['--permission', '--allow-worker', ...paths];
}

/** The program and its libraries, with symbolic links resolved. */
function readablePaths(): string[] {
  const library = createRequire(import.meta.url).resolve('unpdf');
  const folder = `${sep}node_modules${sep}`;
  return [
    ...['package.json', 'services/rag/', 'shared/', 'node_modules/'].map((path) =>
      fileURLToPath(new URL(`../../../${path}`, import.meta.url)),
    ),
    library.slice(0, library.indexOf(folder) + folder.length),
  ];
}

function collect(
  output: Readable,
  chunks: Buffer[],
  bytesMax: number,
  onTooMuch: () => void,
): void {
  let size = 0;
  output.on('data', (chunk: Buffer) => {
    size += chunk.byteLength;
    if (size > bytesMax) onTooMuch();
    else chunks.push(chunk);
  });
}

function send(input: Writable, parts: readonly Uint8Array[]): void {
  // The exit status explains why the process ended early.
  input.on('error', () => {});
  for (const part of parts) input.write(part);
  input.end();
}

function textOf(result: ReadingResult | undefined, exit: string | number | null): DocumentText {
  if (result && 'refused' in result) throw new UnreadableDocumentError(result.refused);
  if (result) return result;
  if (OUT_OF_MEMORY.has(exit)) throw new UnreadableDocumentError('too_much_memory');
  // A library crashed the process.
  if (typeof exit === 'string') throw new UnreadableDocumentError('corrupt');
  throw new Error(`the reading process ended with ${exit}`);
}
