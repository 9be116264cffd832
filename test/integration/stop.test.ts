// SIGTERM stops every process quickly, whatever the state of the servers it uses. The drain time is
// far longer than the test timeout, so a process that exits has not waited for it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { messageBody } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { logged, Processes, started, type RunningProcess } from '../kit/processes.ts';
import { startNatsServer, startRedisServer, type RunningServer } from '../kit/servers.ts';
import { startSlowUpstream, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

const STAGES = ['ingress', 'scrubber', 'policy', 'rag', 'upstream'];
const START = 'event: message_start\ndata: {}\n\n';
const LONG = { LLMP_DRAIN_MS: '3600000' };
const ALL_CLEAN = STAGES.map((stage) => [stage, 0]);
const key = createKey();

/** Resolves `broker.test` until the file NAME_GONE exists, as container networks do. */
const NAMES = `data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns';
  import { existsSync } from 'node:fs';
  const { lookup } = dns;
  dns.lookup = (name, options, done) => {
    if (name !== 'broker.test') return lookup(name, options, done);
    const gone = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const found = options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1';
    process.nextTick(done, existsSync(process.env.NAME_GONE) ? gone : null, found, 4);
  };
`)}`;

let stack: AsyncDisposableStack;
let processes: Processes;
let upstream: SlowUpstream;
let directory: string;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  directory = mkdtempSync(join(tmpdir(), 'llmp-stop-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  processes = stack.use(new Processes(directory));
  upstream = stack.use(await startSlowUpstream());
});
afterEach(() => stack.disposeAsync());

async function killed({ process: child }: RunningServer): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

/** Sends SIGTERM and returns each exit code by stage. */
async function exitCodes(all: ReadonlyMap<string, RunningProcess>) {
  for (const { child } of all.values()) child.kill('SIGTERM');
  return await Promise.all([...all].map(async ([stage, { exited }]) => [stage, await exited]));
}

async function begin(url: string) {
  const opening = openStream({ url, key });
  const { response } = await upstream.next();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(START);
  const client = await opening;
  await client.until(START);
  return { client, response };
}

/** A server that accepts connections and never sends anything. */
async function startMuteServer() {
  const connected = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    stack.defer(() => void socket.destroy());
    socket.on('error', () => {});
    connected.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connected: connected.promise };
}

describeWith('nats-server')('a stopping process', { timeout: 60_000 }, () => {
  let broker: RunningServer;
  beforeEach(async () => {
    broker = await startNatsServer();
    stack.defer(async () => {
      broker.process.kill('SIGCONT');
      await broker[Symbol.asyncDispose]();
    });
  });

  /** Starts every stage as its own process. */
  async function startAll(env: Readonly<Record<string, string>> = {}) {
    const settings = { ...LONG, NATS_URL: broker.url, LLMP_UPSTREAM_URL: upstream.url, ...env };
    const all = new Map(
      STAGES.map((stage) => [stage, processes.run({ LLMP_KEYS: key, ...settings }, [stage])]),
    );
    const [url = ''] = await Promise.all([...all.values()].map(started));
    return { all, url };
  }

  async function untilLost(all: ReadonlyMap<string, RunningProcess>): Promise<void> {
    const isLost = (one: RunningProcess) => logged(one).some(({ state }) => state === 'lost');
    await expect.poll(() => [...all.values()].every(isLost)).toBe(true);
  }

  it('exits cleanly when idle and the broker is gone', async () => {
    const { all } = await startAll();
    await killed(broker);
    await untilLost(all);
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('exits cleanly when idle and the host name of the broker is gone', async () => {
    const gone = join(directory, 'gone');
    const NATS_URL = `nats://broker.test:${broker.port}`;
    const { all } = await startAll({
      NATS_URL,
      NODE_OPTIONS: `--import=${NAMES}`,
      NAME_GONE: gone,
    });
    writeFileSync(gone, '');
    await killed(broker);
    await untilLost(all);
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('exits cleanly when idle and the broker is stalled', async () => {
    const { all } = await startAll();
    broker.process.kill('SIGSTOP');
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('ends open streams with an error when the broker is gone', async () => {
    const { all, url } = await startAll();
    const { client } = await begin(url);
    await killed(broker);
    const [codes, { text, cut }] = await Promise.all([exitCodes(all), client.rest()]);
    expect(cut).toBe(false);
    expect(text).toMatch(/^event: message_start\ndata: \{\}\n\nevent: error\ndata: .*"draining"/);
    expect(codes).toEqual(ALL_CLEAN);
  });

  it('finishes open streams while the broker is running, stage by stage', async () => {
    const { all, url } = await startAll();
    const { client, response } = await begin(url);
    const stopping = exitCodes(all);
    for (const stage of ['scrubber', 'policy', 'rag']) await all.get(stage)?.exited;
    response.end('event: message_stop\ndata: {}\n\n');
    expect(await client.rest()).toMatchObject({ cut: false, text: expect.stringMatching(/_stop/) });
    expect(await stopping).toEqual(ALL_CLEAN);
  });

  it.each(['ingress', 'scrubber'])('exits at once while %s is starting', async (stage) => {
    const mute = await startMuteServer();
    const starting = processes.run({ NATS_URL: `nats://127.0.0.1:${mute.port}` }, [stage]);
    await mute.connected;
    expect(await exitCodes(new Map([[stage, starting]]))).toEqual([[stage, 0]]);
    expect(starting.printed()).not.toContain('could not start');
  });

  it('does not wait for an index that is opening', async () => {
    const redis = stack.use(await startRedisServer());
    const mute = await startMuteServer();
    const database = `postgres://llmp@127.0.0.1:${mute.port}/llmp`;
    const env = { ...LONG, NATS_URL: broker.url, REDIS_URL: redis.url, DATABASE_URL: database };
    const rag = processes.run(env, ['rag']);
    await mute.connected;
    expect(await exitCodes(new Map([['rag', rag]]))).toEqual([['rag', 0]]);
  });

  describeWith('redis-server')('with Redis', () => {
    it.each(['SIGKILL', 'SIGSTOP'] as const)('exits after Redis received %s', async (signal) => {
      const redis = await startRedisServer();
      stack.defer(async () => {
        redis.process.kill('SIGCONT');
        await redis[Symbol.asyncDispose]();
      });
      const { all, url } = await startAll({ REDIS_URL: redis.url });
      const { client, response } = await begin(url);
      redis.process.kill(signal);
      response.end('event: message_stop\ndata: {}\n\n');
      await client.rest();
      expect(await exitCodes(all)).toEqual(ALL_CLEAN);
      const lines = logged(all.get('ingress') ?? processes.run({}, []));
      const kept = lines.filter(({ msg }) => msg === 'ledger entry kept');
      expect(kept).toMatchObject([{ entry: { model: 'm', outcome: 'responded' } }]);
      expect(lines).toContainEqual(expect.objectContaining({ records: 1 }));
    });
  });
});

describe('a process with a lame-duck period', { timeout: 60_000 }, () => {
  const send = (url: string) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: messageBody('m'),
    });
  const readiness = async (url: string) => {
    const response = await fetch(`${url}/readyz`);
    return [response.status, await response.json()];
  };

  async function gateway(lameDuckMs: number) {
    const env = { ...LONG, LLMP_KEYS: key, LLMP_LAME_DUCK_MS: String(lameDuckMs) };
    const running = processes.run(env, []);
    return { running, url: await started(running) };
  }

  it('is not ready, still serves requests, and exits at once on a second signal', async () => {
    const { running, url } = await gateway(3_600_000);
    expect(await readiness(url)).toEqual([200, { status: 'ready' }]);
    running.child.kill('SIGTERM');
    const stopping = { status: 'not ready', reasons: ['this process is shutting down'] };
    await expect.poll(() => readiness(url)).toEqual([503, stopping]);
    const response = await send(url);
    expect(response.status).toBe(200);
    await response.body?.cancel();
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(1);
  });

  it('rejects requests after that period, and exits', async () => {
    const { running, url } = await gateway(200);
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    await expect(send(url)).rejects.toThrow('fetch failed');
  });
});
