// SIGTERM ends every process, and soon, whatever has become of the servers it works with. The drain time
// is far longer than a test may take, so a process that ends has not waited for it.

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
const CLEANLY = STAGES.map((stageName) => [stageName, 0]);
const key = createKey();

/** Knows `broker.test` until the file of that name is there, as containers know one that runs. */
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

/** The exit code of each after SIGTERM, by what it hosts. */
async function ends(all: ReadonlyMap<string, RunningProcess>) {
  for (const { child } of all.values()) child.kill('SIGTERM');
  return await Promise.all(
    [...all].map(async ([stageName, { exited }]) => [stageName, await exited]),
  );
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

/** A server that accepts connections and never says a word. */
async function startMuteServer() {
  const asked = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    stack.defer(() => void socket.destroy());
    socket.on('error', () => {});
    asked.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, asked: asked.promise };
}

describeWith('nats-server')('a process that is stopped', { timeout: 60_000 }, () => {
  let broker: RunningServer;
  beforeEach(async () => {
    broker = await startNatsServer();
    stack.defer(async () => {
      broker.process.kill('SIGCONT');
      await broker[Symbol.asyncDispose]();
    });
  });

  /** Every worker as a process of its own. */
  async function tree(env: Readonly<Record<string, string>> = {}) {
    const settings = { ...LONG, NATS_URL: broker.url, LLMP_UPSTREAM_URL: upstream.url, ...env };
    const all = new Map(
      STAGES.map((stageName) => [
        stageName,
        processes.run({ LLMP_KEYS: key, ...settings }, [stageName]),
      ]),
    );
    const [url = ''] = await Promise.all([...all.values()].map(started));
    return { all, url };
  }

  async function untilLost(all: ReadonlyMap<string, RunningProcess>): Promise<void> {
    const lost = (one: RunningProcess) => logged(one).some(({ state }) => state === 'lost');
    await expect.poll(() => [...all.values()].every(lost), { timeout: 15_000 }).toBe(true);
  }

  it('ends by itself where there is nothing to do and the broker is gone', async () => {
    const { all } = await tree();
    await killed(broker);
    await untilLost(all);
    expect(await ends(all)).toEqual(CLEANLY);
  });

  it('ends by itself where there is nothing to do and even the name of the broker is gone', async () => {
    const gone = join(directory, 'gone');
    const NATS_URL = `nats://broker.test:${broker.port}`;
    const { all } = await tree({ NATS_URL, NODE_OPTIONS: `--import=${NAMES}`, NAME_GONE: gone });
    writeFileSync(gone, '');
    await killed(broker);
    await untilLost(all);
    expect(await ends(all)).toEqual(CLEANLY);
  });

  it('ends where there is nothing to do and the broker stands still', async () => {
    const { all } = await tree();
    broker.process.kill('SIGSTOP');
    expect(await ends(all)).toEqual(CLEANLY);
  });

  it('ends what can no longer come home when the broker is gone, and says so', async () => {
    const { all, url } = await tree();
    const { client } = await begin(url);
    await killed(broker);
    const [ending, { text, cut }] = await Promise.all([ends(all), client.rest()]);
    expect(cut).toBe(false);
    expect(text).toMatch(/^event: message_start\ndata: \{\}\n\nevent: error\ndata: .*"draining"/);
    expect(ending).toEqual(CLEANLY);
  });

  it('finishes what is open while the broker is there, each in its turn', async () => {
    const { all, url } = await tree();
    const { client, response } = await begin(url);
    const ending = ends(all);
    for (const stageName of ['scrubber', 'policy', 'rag']) await all.get(stageName)?.exited;
    response.end('event: message_stop\ndata: {}\n\n');
    expect(await client.rest()).toMatchObject({ cut: false, text: expect.stringMatching(/_stop/) });
    expect(await ending).toEqual(CLEANLY);
  });

  it.each(['ingress', 'scrubber'])('ends at once while %s still starts', async (stageName) => {
    const mute = await startMuteServer();
    const starting = processes.run({ NATS_URL: `nats://127.0.0.1:${mute.port}` }, [stageName]);
    await mute.asked;
    expect(await ends(new Map([[stageName, starting]]))).toEqual([[stageName, 0]]);
    expect(starting.printed()).not.toContain('could not start');
  });

  it('does not wait for an index that it is about to open', async () => {
    const redis = stack.use(await startRedisServer());
    const mute = await startMuteServer();
    const database = `postgres://llmp@127.0.0.1:${mute.port}/llmp`;
    const env = { ...LONG, NATS_URL: broker.url, REDIS_URL: redis.url, DATABASE_URL: database };
    const rag = processes.run(env, ['rag']);
    await mute.asked;
    expect(await ends(new Map([['rag', rag]]))).toEqual([['rag', 0]]);
  });

  describeWith('redis-server')('with Redis', () => {
    it.each(['SIGKILL', 'SIGSTOP'] as const)('ends after that got a %s', async (signal) => {
      const redis = await startRedisServer();
      stack.defer(async () => {
        redis.process.kill('SIGCONT');
        await redis[Symbol.asyncDispose]();
      });
      const { all, url } = await tree({ REDIS_URL: redis.url });
      const { client, response } = await begin(url);
      redis.process.kill(signal);
      response.end('event: message_stop\ndata: {}\n\n');
      await client.rest();
      expect(await ends(all)).toEqual(CLEANLY);
      const lines = logged(all.get('ingress') ?? processes.run({}, []));
      const lost = lines.filter(({ msg }) => msg === 'ledger entry lost');
      expect(lost).toMatchObject([{ entry: { model: 'm', outcome: 'answered' } }]);
      expect(lines).toContainEqual(expect.objectContaining({ records: 1 }));
    });
  });
});

describe('a process that announces its end', { timeout: 60_000 }, () => {
  const ask = (url: string) =>
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

  it('is not ready, still serves, and stops at once at the second signal', async () => {
    const { running, url } = await gateway(3_600_000);
    expect(await readiness(url)).toEqual([200, { status: 'ready' }]);
    running.child.kill('SIGTERM');
    const going = { status: 'not ready', reasons: ['this process is shutting down'] };
    await expect.poll(() => readiness(url)).toEqual([503, going]);
    const answer = await ask(url);
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(1);
  });

  it('refuses requests when the time is over, and ends', async () => {
    const { running, url } = await gateway(200);
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    await expect(ask(url)).rejects.toThrow('fetch failed');
  });
});
