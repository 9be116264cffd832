// How long small requests take beside four large hostile ones in the same process, with and without scrub
// threads. Besides the time, which depends on what else the machine does, the CPU time of the main thread from
// a request's arrival to its response: what it would take on a machine with free cores.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Worker } from 'node:worker_threads';
import { startGateway } from '../../kit/gateway.ts';
import { machineFacts } from '../markdown.ts';
import { SMALL_HEADER, type Answers, type Task } from './clients.ts';

const ALONE = 100;

/** Settings to compare, by name. */
const SETTINGS: Readonly<Record<string, Record<string, string>>> = {
  'no threads': { LLMP_SCRUB_THREADS: '0' },
  threads: {},
};

/** @param names settings to measure; all by default */
export async function runBeside(names: readonly string[]): Promise<void> {
  console.log(`${machineFacts()}\n`);
  const heads = ['setting', 'small', 'ms p50 / p99', 'main thread ms p50 / p99 / most', 'large'];
  console.log(`| ${[...heads, 'large s', 'main thread s', 'RSS MB'].join(' | ')} |`);
  console.log('| --- | --- | --: | --: | --: | --: | --: | --: |');
  for (const [name, env] of Object.entries(SETTINGS)) {
    if (names.length === 0 || names.includes(name)) await measure(name, env);
  }
}

async function measure(name: string, env: Record<string, string>): Promise<void> {
  const clients = new Worker(new URL('clients.ts', import.meta.url));
  const [upstreamUrl] = (await once(clients, 'message')) as [string];
  await using gateway = await startGateway({ bus: 'embedded', upstreamUrl, env });
  const send = async (alone?: number) => {
    const { url, key } = gateway;
    clients.postMessage({ url, key, ...(alone === undefined ? {} : { alone }) } satisfies Task);
    const [answers] = (await once(clients, 'message')) as [Answers];
    return answers;
  };
  await send(ALONE);
  for (const [which, alone] of [
    ['alone', ALONE],
    ['beside', undefined],
  ] as const) {
    const startedMs = threadMs();
    using times = new MainThreadTimes();
    const { smallMs, large, largeMs } = await send(alone);
    const cells = [
      name,
      `${smallMs.length} ${which}`,
      `${quantile(smallMs, 0.5)} / ${quantile(smallMs, 0.99)}`,
      [0.5, 0.99, 1].map((share) => quantile(times.all, share)).join(' / '),
      large.join(' '),
      (largeMs / 1_000).toFixed(1),
      ((threadMs() - startedMs) / 1_000).toFixed(1),
      (process.memoryUsage.rss() / 1e6).toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  await clients.terminate();
}

/** CPU time of this thread from the arrival of each small request to its response. */
class MainThreadTimes implements Disposable {
  readonly all: number[] = [];
  readonly #startByRequest = new Map<IncomingMessage, number>();
  readonly #start = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    if (request.headers[SMALL_HEADER]) this.#startByRequest.set(request, threadMs());
  };
  readonly #finish = (message: unknown) => {
    const { request } = message as { request: IncomingMessage };
    const startMs = this.#startByRequest.get(request);
    if (startMs !== undefined) this.all.push(threadMs() - startMs);
  };

  constructor() {
    subscribe('http.server.request.start', this.#start);
    subscribe('http.server.response.finish', this.#finish);
  }

  [Symbol.dispose](): void {
    unsubscribe('http.server.request.start', this.#start);
    unsubscribe('http.server.response.finish', this.#finish);
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function quantile(samples: readonly number[], share: number): string {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  return (sorted[at] ?? Number.NaN).toFixed(1);
}
