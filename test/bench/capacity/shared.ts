// What requests and open streams take from the servers that all workers share, and from memory.

import { Redis } from 'ioredis';
import { chatBodies, SIZES } from '../bodies.ts';
import { connectTo, run, type Measured } from '../load.ts';
import { memoryOf } from '../memory.ts';
import { startServer } from '../processes.ts';
import { table } from '../markdown.ts';
import { ONE_EACH } from '../spread.ts';
import type { Cpu } from './cpu.ts';
import { startWorkers, type Deployment } from './deployment.ts';
import { measureIdle, watched, perSecond } from './measure.ts';

const REQUESTS = 60;
const STREAMS = 400;
const OPEN_SECONDS = 8;
/** Until all streams have begun, also on a loaded machine. */
const SETTLE_MS = 20_000;
const SIZES_SENT = ['1kb', '20kb', '200kb'] as const;

export async function measureShared(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startServer(stack, 'upstream', ['test/bench/upstream.ts']);
  const deployment = await startWorkers(stack, upstream, ONE_EACH);
  const pool = connectTo(deployment.candidate, 16);
  stack.defer(() => pool.destroy());
  const rows: string[][] = [];
  for (const size of SIZES_SENT) {
    const body = chatBodies(SIZES[size]).fresh;
    const load = { body, path: '/v1/messages', requests: REQUESTS, concurrency: 4 };
    await run(pool, deployment.candidate, load);
    const before = await serverCounts(deployment);
    const measured = await watched(deployment, () => run(pool, deployment.candidate, load));
    const after = await serverCounts(deployment);
    rows.push([
      size,
      ...[
        (after.scripts - before.scripts) / REQUESTS,
        (after.commands - before.commands) / REQUESTS,
        cpuMs(measured.cpu.get('redis')) / REQUESTS,
        (after.messages - before.messages) / REQUESTS,
        (after.bytes - before.bytes) / 1_000 / REQUESTS,
        cpuMs(measured.cpu.get('nats')) / REQUESTS,
      ].map((value) => value.toFixed(2)),
    ]);
  }
  const heads = ['request', 'Redis scripts', 'Redis commands', 'Redis CPU ms'];
  const more = ['NATS messages', 'NATS KB', 'NATS CPU ms'];
  console.log(`\n${table([...heads, ...more], rows)}`);
  console.log(`\n${await measureStreams(deployment)}`);
}

/** Streams that stay open and say nothing: memory, heartbeats and pings. */
async function measureStreams(deployment: Deployment): Promise<string> {
  const { candidate } = deployment;
  const idle = await measureIdle(deployment, OPEN_SECONDS / 2);
  const before = memories(deployment);
  const pool = connectTo(candidate, STREAMS);
  const body = chatBodies(SIZES['1kb'], { stream: true }).fresh;
  const stream = { deltas: 1, gapMs: 600_000 };
  const load = {
    body,
    path: '/v1/messages',
    requests: STREAMS,
    concurrency: STREAMS,
    rampMs: 5,
    stream,
  };
  const ended = run(pool, candidate, load).catch((error: unknown) => error);
  await rest(STREAMS * load.rampMs + SETTLE_MS);
  const from = await serverCounts(deployment);
  const open = await watched(deployment, async (): Promise<Measured> => {
    await rest(OPEN_SECONDS * 1_000);
    return { lastByteMs: [], firstByteMs: [], gapsMs: [], events: 0 };
  });
  const to = await serverCounts(deployment);
  const after = memories(deployment);
  await pool.destroy();
  await ended;
  const rows = Array.from(perSecond(open), ([name, cpu]) => [
    name,
    ((((after.get(name) ?? 0) - (before.get(name) ?? 0)) * 1_024) / STREAMS).toFixed(1),
    (((cpuMs(cpu) - cpuMs(idle.get(name))) * 1_000) / STREAMS).toFixed(1),
  ]);
  const per = (count: number) => (count / STREAMS / OPEN_SECONDS).toFixed(2);
  return [
    table([`${STREAMS} silent streams`, 'KB each', 'CPU µs/s each'], rows),
    `NATS for each of them: ${per(to.messages - from.messages)} messages/s, ${per(to.bytes - from.bytes)} bytes/s. Redis: ${per(to.commands - from.commands)} commands/s.`,
  ].join('\n\n');
}

const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function memories({ groups }: Deployment): Map<string, number> {
  return new Map(
    Array.from(groups, ([name, children]) => [
      name,
      children.reduce((sum, child) => sum + memoryOf(child).residentMb, 0),
    ]),
  );
}

function cpuMs(cpu: Cpu | undefined): number {
  return cpu ? cpu.mainMs + cpu.otherMs : 0;
}

interface Counts {
  readonly scripts: number;
  /** Commands from the network and from scripts. */
  readonly commands: number;
  readonly messages: number;
  readonly bytes: number;
}

async function serverCounts({ redisUrl = '', brokerUrl = '' }: Deployment): Promise<Counts> {
  const redis = new Redis(redisUrl);
  const info = await redis.info('commandstats');
  redis.disconnect();
  let [scripts, commands] = [0, 0];
  for (const [, name = '', count] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    commands += Number(count);
    if (/^(eval|fcall)/.test(name)) scripts += Number(count);
  }
  const response = await fetch(`${brokerUrl}/varz`);
  const varz = (await response.json()) as Record<'in_msgs' | 'in_bytes', number>;
  return { scripts, commands, messages: varz.in_msgs, bytes: varz.in_bytes };
}
