// Reads one document and exits. Started by read-isolated.ts with minimal permissions; takes the task from
// stdin and writes the result to its own pipe.

import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { readMarkdown } from './read-markdown.ts';
import { RESULT_FD, resultBytes, taskFrom, type ReadingResult } from './reading-task.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import type { WatchOptions } from './memory-watch.ts';

/** Gives the gateway's requests priority. */
const NICENESS = 10;

await main();

async function main(): Promise<void> {
  lowerPriority();
  disableNetwork();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const { task, document } = taskFrom(Buffer.concat(chunks.splice(0)));

  const { memoryBytesMax, memoryWatchMs, readMs } = task.limits;
  const workerData: WatchOptions = { memoryBytesMax, periodMs: memoryWatchMs, lifeMs: 2 * readMs };
  const watch = new Worker(new URL('memory-watch.ts', import.meta.url), { workerData });
  watch.unref();
  send(resultBytes(await result(() => readMarkdown(task, document))));
  // Exits even if a library keeps handles open.
  process.exit(0);
}

function lowerPriority(): void {
  try {
    setPriority(NICENESS);
  } catch {
    // Some containers forbid it; the priority is optional.
  }
}

/** Node 24 has no permission for network access. Keeps documents from fetching what they reference. */
function disableNetwork(): void {
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
