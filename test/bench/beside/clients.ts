// The clients and the upstream of a gateway, in a thread of their own: large requests at once, and small
// ones, one after another, until the large ones are done.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { LARGE_BODIES, says } from './large-bodies.ts';

/** Marks small requests. */
export const SMALL_HEADER = 'x-bench-small';

export interface Task {
  readonly url: string;
  readonly key: string;
  /** Small requests to send; with large ones beside them if absent. */
  readonly alone?: number;
}

export interface Answers {
  /** Milliseconds of each small request. */
  readonly smallMs: readonly number[];
  readonly large: readonly number[];
  readonly largeMs: number;
}

const PAUSE_MS = 20;
const MESSAGE = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] };
const RESPONSE = JSON.stringify({ ...MESSAGE, stop_reason: 'end_turn' });

const upstream = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(RESPONSE);
  });
});

async function ask({ url, key }: Task, body: string, name?: string): Promise<number> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': key,
      'content-type': 'application/json',
      ...(name === undefined ? {} : { [SMALL_HEADER]: name }),
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

async function answer(task: Task): Promise<Answers> {
  let left = task.alone ?? Infinity;
  const startedMs = performance.now();
  const bodies = task.alone === undefined ? LARGE_BODIES : [];
  const large = Promise.all(bodies.map(async (body) => await ask(task, body())));
  const ended = large.then(() => {
    if (bodies.length > 0) left = 0;
    return performance.now() - startedMs;
  });
  const smallMs: number[] = [];
  // One after another: those that are late must not wait for each other.
  for (; left > 0; left -= 1) {
    await sleep(PAUSE_MS);
    const sentMs = performance.now();
    await ask(task, says(`Hello, write to ann.lee${smallMs.length}@corp-mail.org.`), 'yes');
    smallMs.push(performance.now() - sentMs);
  }
  return { smallMs, large: await large, largeMs: await ended };
}

const port = parentPort;
port?.on('message', (task: Task) => void answer(task).then((answers) => port.postMessage(answers)));
if (port) {
  upstream.listen(0, '127.0.0.1', () => {
    port.postMessage(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
  });
}
