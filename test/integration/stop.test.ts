// SIGTERM stops every process quickly, whatever the state of the servers it uses; test/chaos/stop.test.ts
// has the servers that died.

import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageBody } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { started } from '../kit/processes.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import { ALL_CLEAN, ALL_KEPT, exitCodes, killed, LONG, StoppingGateway } from '../kit/stopping.ts';

let gateway: StoppingGateway;
beforeEach(async () => {
  gateway = await StoppingGateway.prepare();
});
afterEach(() => gateway[Symbol.asyncDispose]());

/** A server that accepts connections and never sends anything. */
async function startMuteServer() {
  const connected = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    gateway.stack.defer(() => void socket.destroy());
    socket.on('error', () => {});
    connected.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  gateway.stack.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, connected: connected.promise };
}

describeWith('nats-server')('a stopping process', { timeout: 60_000 }, () => {
  let broker: RunningServer;
  beforeEach(async () => {
    broker = await gateway.startBroker();
  });

  it('exits cleanly when idle and the broker is stalled', async () => {
    const { all } = await gateway.startAll(broker);
    broker.process.kill('SIGSTOP');
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('ends open streams with an error when the broker is gone', async () => {
    const { all, url } = await gateway.startAll(broker);
    const { client } = await gateway.begin(url);
    await killed(broker);
    const [codes, { text, cut }] = await Promise.all([exitCodes(all), client.rest()]);
    expect(cut).toBe(false);
    expect(text).toMatch(/^event: message_start\ndata: \{\}\n\nevent: error\ndata: .*"draining"/);
    expect(codes).toEqual(ALL_CLEAN);
  });

  it('finishes open streams while the broker is running, stage by stage', async () => {
    const { all, url } = await gateway.startAll(broker);
    const { client, response } = await gateway.begin(url);
    const stopping = exitCodes(all);
    for (const stage of ['scrubber', 'policy', 'rag']) await all.get(stage)?.exited;
    response.end('event: message_stop\ndata: {}\n\n');
    expect(await client.rest()).toMatchObject({ cut: false, text: expect.stringMatching(/_stop/) });
    expect(await stopping).toEqual(ALL_CLEAN);
  });

  it.each(['ingress', 'scrubber'])('exits at once while %s is starting', async (stage) => {
    const mute = await startMuteServer();
    const starting = gateway.processes.run({ NATS_URL: `nats://127.0.0.1:${mute.port}` }, [stage]);
    await mute.connected;
    expect(await exitCodes(new Map([[stage, starting]]))).toEqual([[stage, 0]]);
    expect(starting.printed()).not.toContain('could not start');
  });

  it('does not wait for an index that is opening', async () => {
    const redis = gateway.stack.use(await startRedisServer());
    const mute = await startMuteServer();
    const database = `postgres://llmp@127.0.0.1:${mute.port}/llmp`;
    const env = { ...LONG, NATS_URL: broker.url, REDIS_URL: redis.url, DATABASE_URL: database };
    const rag = gateway.processes.run(env, ['rag']);
    await mute.connected;
    expect(await exitCodes(new Map([['rag', rag]]))).toEqual([['rag', 0]]);
  });

  describeWith('redis-server')('with Redis', () => {
    it('exits while Redis stands still', async () => {
      const redis = gateway.stack.use(await startRedisServer());
      // Stopping a process that is stopped would take long.
      gateway.stack.defer(() => void redis.process.kill('SIGCONT'));
      const stopped = await gateway.stopAfterRedis(broker, redis, 'SIGSTOP');
      expect(stopped).toMatchObject(ALL_KEPT);
    });
  });
});

describe('a process with a lame-duck period', { timeout: 60_000 }, () => {
  const send = (url: string) =>
    fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: messageBody('m'),
    });
  const readiness = async (url: string) => {
    const response = await fetch(`${url}/readyz`);
    return [response.status, await response.json()];
  };

  async function lameDuck(lameDuckMs: number) {
    const env = { ...LONG, LLMP_KEYS: gateway.key, LLMP_LAME_DUCK_MS: String(lameDuckMs) };
    const running = gateway.processes.run(env, []);
    return { running, url: await started(running) };
  }

  it('is not ready, still serves requests, and exits at once on a second signal', async () => {
    const { running, url } = await lameDuck(3_600_000);
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
    const { running, url } = await lameDuck(200);
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    await expect(send(url)).rejects.toThrow('fetch failed');
  });
});
