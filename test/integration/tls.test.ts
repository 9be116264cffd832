// NATS and Redis over TLS with certificates that the system does not trust.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectNats } from '../../shared/bus/nats-connection.ts';
import { connectBullmqQueue } from '../../shared/queue/bullmq.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway } from '../kit/gateway.ts';
import { freePort, startNatsServer, startRedisServer } from '../kit/servers.ts';
import { limits } from '../../shared/limits.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'llmp-tls-'));
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const subject = ['-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', file('key'), '-out', file('cert')];
  execFileSync('openssl', [...args, ...subject, ...names, ...files], { stdio: 'ignore' });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: 'key' | 'cert'): string {
  return join(directory, `${name}.pem`);
}

describeWith('nats-server')('a broker with TLS', () => {
  it('is accepted if its certificate authority is trusted', async () => {
    const monitoring = await freePort();
    const tls = ['--tls', '--tlscert', file('cert'), '--tlskey', file('key')];
    const args = [...tls, '-m', String(monitoring)];
    await using server = await startNatsServer({ args });
    const natsUrl = `tls://127.0.0.1:${server.port}`;
    const ca = readFileSync(file('cert'), 'utf8');
    await using gateway = await startGateway({ bus: 'nats', natsUrl, env: { NATS_CA: ca } });
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    const connections = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}',
    }).then(() => `http://127.0.0.1:${monitoring}/connz`);
    // The heartbeat threads connect with the first message.
    await expect
      .poll(async () => await (await fetch(connections)).text())
      .toContain('"name": "llmp scrubber heartbeats"');
    await expect(startGateway({ bus: 'nats', natsUrl })).rejects.toThrow(
      /certificate|self.signed/i,
    );
  });

  it('is tried again as often as one without TLS', async () => {
    const args = ['--tls', '--tlscert', file('cert'), '--tlskey', file('key')];
    const server = await startNatsServer({ args });
    const options = { connectMs: 5_000, inboxPrefix: '_INBOX', waitOnFirstConnect: false };
    const tls = { ca: readFileSync(file('cert'), 'utf8') };
    const servers = [`tls://127.0.0.1:${server.port}`];
    const connection = await connectNats({ servers, name: 'test', tls }, options);
    await server[Symbol.asyncDispose]();
    const attempts: number[] = [];
    const broken = createTcpServer((socket) => {
      attempts.push(performance.now());
      socket.on('error', () => {}).destroy();
    });
    broken.listen(server.port, '127.0.0.1');
    await expect.poll(() => attempts.length).toBeGreaterThan(10);
    await connection.close();
    broken.close();
    const pauses = attempts.slice(1).map((atMs, at) => atMs - (attempts[at] ?? 0));
    // The client's own pause would be 600 ms on average.
    const usual = pauses.toSorted((a, b) => a - b)[Math.floor(pauses.length / 2)];
    expect(usual).toBeLessThan(limits.bus.silenceMs / 2);
  });
});

describeWith('redis-server')('Redis with TLS', () => {
  let stack: AsyncDisposableStack;
  let url: string;
  let ca: string;
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const redis = stack.use(await startRedisServer());
    url = `rediss://127.0.0.1:${stack.use(await startTlsProxy(redis.port)).port}`;
    ca = readFileSync(file('cert'), 'utf8');
  });
  afterAll(() => stack.disposeAsync());
  const options = { commandMs: 2_000, onError: () => {} };
  const rejection = /certificate|self.signed|closed/i;

  it('serves the store if its certificate authority is trusted', async () => {
    await using store = await connectRedisStore({
      ...options,
      retention: limits.store.ledger,
      url,
      ca,
    });
    expect(await store.ready()).toBe(true);
    await expect(
      connectRedisStore({ ...options, retention: limits.store.ledger, url }),
    ).rejects.toThrow(rejection);
  });

  it('serves the queue if its certificate authority is trusted', async () => {
    await using queue = await connectBullmqQueue({ ...options, limits: limits.queue, url, ca });
    const processed = Promise.withResolvers<string>();
    queue.work(async ({ id }) => processed.resolve(id), { concurrency: 1 });
    await queue.add({ id: 'a', data: {} });
    expect(await processed.promise).toBe('a');
    await expect(connectBullmqQueue({ ...options, limits: limits.queue, url })).rejects.toThrow(
      rejection,
    );
  });
});

/** A TLS proxy, because not every build of Redis supports TLS. */
async function startTlsProxy(targetPort: number): Promise<AsyncDisposable & { port: number }> {
  const files = { key: readFileSync(file('key')), cert: readFileSync(file('cert')) };
  const proxy = createServer(files, (client) => {
    const target = connect(targetPort, '127.0.0.1');
    // If either connection breaks, `pipeline` closes both.
    pipeline(client, target, client, () => {});
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => proxy.close(() => resolve())),
  };
}
