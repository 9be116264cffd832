// The process that reads one document and ends: started by read-apart.ts with next to no rights. It
// takes the task from its input and writes the result to a pipe of its own.

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { readMarkdown } from './read-markdown.ts';
import { RESULT_FD, resultBytes, taskFrom, type ReadingResult } from './reading-task.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import type { WatchOrder } from './memory-watch.ts';

/** Behind the requests of the gateway. */
const NICENESS = 10;

await main();

async function main(): Promise<void> {
  stepBack();
  closeNetwork();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const { task, document } = taskFrom(Buffer.concat(chunks.splice(0)));

  const { memoryBytesMax, memoryWatchMs, readMs } = task.limits;
  const workerData: WatchOrder = { memoryBytesMax, periodMs: memoryWatchMs, lifeMs: 2 * readMs };
  const watch = new Worker(new URL('memory-watch.ts', import.meta.url), { workerData });
  watch.unref();
  send(resultBytes(await result(() => readMarkdown(task, document))));
  // Whatever a library still holds open.
  process.exit(0);
}

function stepBack(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // Some containers forbid it; the document is read all the same.
  }
}

/** Node 24 has no permission for it. No library wants it; this keeps what a document names unfetched. */
function closeNetwork(): void {
  for (const name of ['fetch', 'WebSocket', 'EventSource'])
    Reflect.deleteProperty(globalThis, name);
  Socket.prototype.connect = () => {
    throw new Error('the reading process has no network');
  };
}

async function result(read: () => Promise<ReadingResult>): Promise<ReadingResult> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return { refused: error.reason };
    const isOverflow = error instanceof RangeError && /call stack/.test(error.message);
    return { refused: isOverflow ? 'too_nested' : 'corrupt' };
  }
}

function send(bytes: Buffer): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(RESULT_FD, bytes, at);
}
