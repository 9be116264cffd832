// Measures what a request costs alone and among eight, predicts throughput and latency of other loads by
// simulation, and measures those too. Client, upstream and servers share the machine, and the model has them as well.
//   npm run bench -- capacity            all below
//   npm run bench -- capacity single     one process
//   npm run bench -- capacity spread     workers on NATS and Redis
//   npm run bench -- capacity shared     what a request and an open stream take from NATS and Redis
//   npm run bench -- capacity plan       workers for several loads, from the measured costs

import { cpus } from 'node:os';
import type { Pool } from 'undici';
import { chatBodies, SIZES } from '../bodies.ts';
import { connectTo, run, type Load } from '../load.ts';
import { startServer, type Child } from '../processes.ts';
import { machineFacts, table } from '../markdown.ts';
import { ONE_EACH, type Workers } from '../spread.ts';
import type { Cpu } from './cpu.ts';
import { startSingle, startWorkers, type Deployment } from './deployment.ts';
import { boundsOf, predict, type Costs } from './gateway-model.ts';
import { measureIdle, measureLoad, measureSpread, perRequest, type Run } from './measure.ts';
import { PARTS } from './parts.ts';
import { planTables } from './plan.ts';
import { measureShared } from './shared.ts';
import { percentile, type Arrivals, type Outcome } from './simulation.ts';

const CONNECTIONS = 64;
const WARMUP_REQUESTS = 1_500;
const IDLE_SECONDS = 3;
const SPREAD_REQUESTS = 200;
const CHECK_SECONDS = 3;
const SIMULATED_REQUESTS = 10_000;
const ALONE_REQUESTS = 200;
const BUSY_REQUESTS = 800;
/** Clients when costs are measured; those of the runs that are predicted are others. */
const COST_CLIENTS = 8;
const CLIENTS = [2, 16, 48];
/** Shares of the predicted maximum at which latency is predicted. */
const RATED_LOADS = [0.25, 0.5];

const DEPLOYMENTS: Readonly<Record<string, readonly (Workers | 'single')[]>> = {
  single: ['single'],
  spread: [ONE_EACH, { ...ONE_EACH, scrubber: 2, policy: 2 }],
};

const CHECK_HEADS = [
  'predicted / measured',
  'cores of others',
  'requests/s',
  'error',
  'p50 ms',
  'p99 ms',
  'CPU ms',
  'error',
];

export async function runCapacity(words: readonly string[]): Promise<void> {
  const unknown = words.filter((word) => !PARTS.includes(word));
  if (unknown.length > 0)
    throw new Error(`unknown: ${unknown.join(' ')}; known: ${PARTS.join(' ')}`);
  const parts = words.length > 0 ? words : PARTS;
  console.log(machineFacts());
  for (const part of parts) {
    if (part === 'plan') console.log(`\n${planTables()}`);
    if (part === 'shared') await measureShared();
    for (const workers of DEPLOYMENTS[part] ?? []) await check(workers);
  }
}

/** Prints what is predicted beside what is measured. */
async function check(workers: Workers | 'single'): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const deployment = await startedAs(stack, workers, upstream);
  const pool = connectTo(deployment.candidate, CONNECTIONS);
  stack.defer(() => pool.destroy());
  const costs = await measureCosts(deployment, pool);
  const processes = Object.fromEntries(
    Array.from(deployment.groups, ([name, children]) => [name, children.length]),
  );
  const question = { costs, processes, cores: cpus().length, requests: SIMULATED_REQUESTS };
  const free = boundsOf({ ...question, otherCores: 0 });
  const most = Math.min(...free.values());
  const name = workers === 'single' ? 'one process' : namesOf(workers);
  console.log(`\nCosts of a request of 1 KB, ${name}\n\n${costTable(costs)}`);
  const bounds = Array.from(free, ([of, bound]) => `${of} ${bound.toFixed(0)}/s`);
  console.log(`\nBounds without other programs: ${bounds.join(', ')}\n`);
  console.log(table(CHECK_HEADS, []));
  let otherCores = 0;
  const checkOne = async (arrival: Arrivals) => {
    const measured = await measureLoad(deployment, pool, loadOf(arrival, most));
    ({ otherCores } = measured);
    const predicted = predict({ ...question, arrivals: arrival, otherCores });
    console.log(`| ${checkRow(arrival, predicted, measured).join(' | ')} |`);
  };
  for (const clients of CLIENTS) await checkOne({ kind: 'closed', clients });
  // Below what other programs leave, or the queue only grows.
  const left = Math.min(...boundsOf({ ...question, otherCores }).values());
  for (const share of RATED_LOADS) {
    await checkOne({ kind: 'regular', perSecond: Math.max(1, Math.round(left * share)) });
  }
}

function startedAs(
  stack: AsyncDisposableStack,
  workers: Workers | 'single',
  upstream: Child & { readonly url: string },
): Promise<Deployment> {
  return workers === 'single'
    ? startSingle(stack, upstream)
    : startWorkers(stack, upstream, workers);
}

/** Costs of requests alone and among others, none of which comes from a run that is predicted. */
async function measureCosts(deployment: Deployment, pool: Pool): Promise<Costs> {
  const { candidate } = deployment;
  const load = (requests: number, concurrency: number): Load => ({
    ...newBodies(),
    requests,
    concurrency,
  });
  await run(pool, candidate, load(WARMUP_REQUESTS, COST_CLIENTS));
  const idle = await measureIdle(deployment, IDLE_SECONDS);
  const one = async () => void (await run(pool, candidate, load(1, 1)));
  const spread = await measureSpread(deployment, one, SPREAD_REQUESTS);
  const alone = await measureLoad(deployment, pool, load(ALONE_REQUESTS, 1));
  const busy = await measureLoad(deployment, pool, load(BUSY_REQUESTS, COST_CLIENTS));
  return { cpu: perRequest(busy, idle), alone: perRequest(alone, idle), spread };
}

function newBodies(): { body: () => Buffer; path: string } {
  return { body: chatBodies(SIZES['1kb']).fresh, path: '/v1/messages' };
}

function loadOf(arrivals: Arrivals, most: number): Load {
  const requests = Math.round(most * CHECK_SECONDS);
  if (arrivals.kind === 'closed') {
    return { ...newBodies(), requests, concurrency: arrivals.clients };
  }
  const { perSecond } = arrivals;
  return { ...newBodies(), requests: perSecond * CHECK_SECONDS, perSecond };
}

function checkRow(arrivals: Arrivals, predicted: Outcome, measured: Run): string[] {
  const both = (one: number, other: number, digits: number) =>
    `${one.toFixed(digits)} / ${other.toFixed(digits)}`;
  const error = (one: number, other: number) =>
    `${one >= other ? '+' : ''}${((one / other - 1) * 100).toFixed(0)} %`;
  const rate = measured.requests / measured.seconds;
  const at = (share: number) =>
    both(percentile(predicted.responseMs, share), percentile(measured.lastByteMs, share), 1);
  const [expectedMs, realMs] = [predicted.cpuMs, sumOf(measured.cpu) / measured.requests];
  return [
    arrivals.kind === 'closed' ? `${arrivals.clients} clients` : `${arrivals.perSecond}/s`,
    measured.otherCores.toFixed(2),
    both(predicted.perSecond, rate, 0),
    error(predicted.perSecond, rate),
    at(0.5),
    at(0.99),
    both(expectedMs, realMs, 2),
    error(expectedMs, realMs),
  ];
}

function costTable({ cpu, alone }: Costs): string {
  const rows = Array.from(cpu, ([name, { mainMs, otherMs }]) => {
    const { mainMs: aloneMain = 0, otherMs: aloneOther = 0 } = alone.get(name) ?? {};
    return [name, ...[mainMs, otherMs, aloneMain, aloneOther].map((ms) => ms.toFixed(3))];
  });
  const heads = ['main thread', 'other threads', 'main thread, alone', 'other threads, alone'];
  return table(['CPU ms for each request', ...heads], rows);
}

function sumOf(cpu: ReadonlyMap<string, Cpu>): number {
  return cpu.values().reduce((sum, { mainMs, otherMs }) => sum + mainMs + otherMs, 0);
}

function namesOf(workers: Workers): string {
  return Object.entries(workers)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
