// What clients of a gateway are told while its broker does not respond, with the usual limits.

import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startNatsServer, type RunningServer } from '../kit/servers.ts';
import { startSlowUpstream, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

/** Larger bodies travel as claim checks. */
const LARGE = 'words '.repeat(limits.pipeline.inlineBytesMax / 4);
const DONE = 'event: message_stop\ndata: {}\n\n';
/** Generous for a busy machine; all dispatches together took ten seconds. */
const SOON_MS = 4_000;

describeWith('nats-server').each(['SIGKILL', 'SIGSTOP'] as const)(
  'after %s, a broker',
  (signal) => {
    let stack: AsyncDisposableStack;
    let broker: RunningServer;
    let upstream: SlowUpstream;
    let gateway: Gateway;
    beforeEach(async () => {
      stack = new AsyncDisposableStack();
      upstream = stack.use(await startSlowUpstream());
      broker = await startNatsServer();
      stack.defer(() => broker[Symbol.asyncDispose]());
      const options = { bus: 'nats', natsUrl: broker.url, upstreamUrl: upstream.url } as const;
      gateway = stack.use(await startGateway(options));
    });
    afterEach(async () => {
      broker.process.kill('SIGCONT');
      await stack.disposeAsync();
    });

    /** Signals take effect a moment later. */
    async function stopBroker(): Promise<void> {
      broker.process.kill(signal);
      const { pid, exitCode } = broker.process;
      if (exitCode !== null || pid === undefined) return;
      const state = () =>
        spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
          .stdout.toString()
          .trim();
      await expect.poll(state).toMatch(/^(?:[TZ]|$)/);
    }

    async function recover(): Promise<void> {
      if (signal === 'SIGSTOP') broker.process.kill('SIGCONT');
      else broker = await startNatsServer({ port: broker.port });
    }

    async function ask(text: string) {
      const messages = [{ role: 'user', content: text }];
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'claude-test', max_tokens: 9, messages }),
      });
      return { response, text: await response.text() };
    }

    /** The gateway is whole again, and what was delivered late has ended. */
    async function serveOne(): Promise<void> {
      const isReady = async () => (await fetch(`${gateway.url}/readyz`)).ok;
      await expect.poll(isReady).toBe(true);
      const stream = openStream(gateway);
      const { response } = await upstream.next();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(DONE);
      expect(await (await stream).rest()).toEqual({ text: DONE, cut: false });
    }

    it('fails new requests soon and with the true reason, whatever their size', async () => {
      await stopBroker();
      const startedMs = performance.now();
      for (const { response, text } of await Promise.all([ask('hi'), ask(LARGE)])) {
        expect(response.status).toBe(503);
        expect(response.headers.get('retry-after')).toBe('2');
        expect(text).toContain('"error_code":"bus_down"');
        expect(text).not.toContain(String(broker.port));
      }
      expect(performance.now() - startedMs).toBeLessThan(SOON_MS);
      expect(upstream.waiting).toBe(0);
      await recover();
      await serveOne();
    });

    it('fails no request in work, and no stream', async () => {
      const opening = openStream(gateway);
      const begun = await upstream.next();
      begun.response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write('event: content_block_delta\ndata: {}\n\n');
      const stream = await opening;
      const waiting = openStream(gateway);
      const silent = await upstream.next();
      await stopBroker();
      // The gateway knows by then.
      expect((await ask('hi')).response.status).toBe(503);
      begun.response.end(DONE);
      silent.response.writeHead(200, { 'content-type': 'text/event-stream' }).end(DONE);
      await recover();
      expect(await stream.rest()).toMatchObject({ cut: false });
      expect(await (await waiting).rest()).toEqual({ text: DONE, cut: false });
      await serveOne();
      expect(upstream.waiting).toBe(0);
    });
  },
);
