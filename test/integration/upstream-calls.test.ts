// How often a request calls its upstream while a real broker stands still, restarts or delivers twice. The
// limits are the usual ones, as a slow machine exceeds shorter ones; test/chaos pauses for longer.

import { setTimeout as passes } from 'node:timers/promises';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limits, type BusLimits, type PipelineLimits } from '../../shared/limits.ts';
import { decodeBatch, encodeEnvelope, FRAMES } from '../../shared/protocol/codec.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { requestMessage } from '../kit/request-messages.ts';
import { startNatsServer, type RunningServer } from '../kit/servers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

const REQUESTS = 10;
const CALLS_MAX = limits.pipeline.upstreamAttemptsMax;
/** Longer than the silence that shows it. */
const SEEN_PAUSE_MS = 1_000;
/** Longer than workers may be silent, so that requests are dispatched again. */
const UNSEEN_PAUSE_MS = 3_000;

/** As if the broker could never be seen to stand still. */
const UNWATCHED = { ...limits.bus, silenceMs: 3_600_000 };

interface Result {
  readonly status: number;
  readonly code: string | undefined;
}

describeWith('nats-server')('a request', () => {
  let stack: AsyncDisposableStack;
  let broker: RunningServer;
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let held: PromiseWithResolvers<void>;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    held = Promise.withResolvers();
    upstream = stack.use(
      await startScriptedUpstream(async () => {
        await held.promise;
        const message = { type: 'message', usage: { input_tokens: 1, output_tokens: 1 } };
        const chunks = [Buffer.from(JSON.stringify(message))];
        return { status: 200, headers: ['content-type', 'application/json'], chunks };
      }),
    );
    broker = await startNatsServer();
    stack.defer(() => broker[Symbol.asyncDispose]());
  });
  afterEach(async () => {
    held.resolve();
    broker.process.kill('SIGCONT');
    await stack.disposeAsync();
  });

  async function open(
    bus: BusLimits = limits.bus,
    pipeline: Partial<PipelineLimits> = {},
  ): Promise<Gateway> {
    const replaced = { limits: { bus, pipeline } };
    const options = { bus: 'nats', natsUrl: broker.url, upstreamUrl: upstream.url } as const;
    gateway = stack.use(await startGateway({ ...options, replaced }));
    return gateway;
  }

  async function ask(name: string): Promise<Result> {
    const message = { role: 'user', content: 'hi' };
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: `claude-${name}`, max_tokens: 9, messages: [message] }),
    });
    const { error } = (await response.json()) as { error?: { details: { error_code: string } } };
    return { status: response.status, code: error?.details.error_code };
  }

  const askMany = (name: string) =>
    Array.from({ length: REQUESTS }, (_, nth) => ask(`${name}-${nth}`));

  /** Numbers of calls by request, without those of `settled`. */
  function calls(): number[] {
    const byModel = new Map<string, number>();
    for (const { body } of upstream.requests) {
      const { model } = JSON.parse(body.toString()) as { model: string };
      byModel.set(model, (byModel.get(model) ?? 0) + 1);
    }
    byModel.delete('claude-late');
    return [...byModel.values()];
  }

  /** Whatever was delivered late is in work before a few new requests are done. */
  async function settled(): Promise<void> {
    for (let nth = 0; nth < 5; nth += 1) await expect.poll(() => ask('late')).toEqual(SERVED);
  }

  async function pauseBroker(pauseMs: number, meanwhile: () => Promise<Result>[]) {
    broker.process.kill('SIGSTOP');
    const during = meanwhile();
    await passes(pauseMs);
    held.resolve();
    broker.process.kill('SIGCONT');
    return during;
  }

  it('survives a broker that stands still, with one call', async () => {
    await open();
    const before = askMany('before');
    await expect.poll(() => upstream.requests.length).toBe(REQUESTS);
    const during = await pauseBroker(SEEN_PAUSE_MS, () => askMany('during'));
    expect(await Promise.all(before)).toEqual(all(SERVED));
    for (const result of await Promise.all(during))
      expect([SERVED, BUS_DOWN]).toContainEqual(result);
    await settled();
    expect(Math.max(...calls())).toBe(1);
  });

  it('is called for a few times at most, even if nobody sees that the broker stood still', async () => {
    await open(UNWATCHED);
    const before = askMany('before');
    await expect.poll(() => upstream.requests.length).toBe(REQUESTS);
    const during = await pauseBroker(UNSEEN_PAUSE_MS, () => askMany('during'));
    await Promise.all([...before, ...during]);
    await settled();
    expect(Math.max(...calls())).toBeLessThanOrEqual(CALLS_MAX);
  });

  it('survives kill -9 and restart of its broker, with one call', async () => {
    await open();
    const before = askMany('before');
    await expect.poll(() => upstream.requests.length).toBe(REQUESTS);
    const exited = new Promise((resolve) => broker.process.once('exit', resolve));
    broker.process.kill('SIGKILL');
    await exited;
    const during = askMany('during');
    expect(await Promise.all(during)).toEqual(all(BUS_DOWN));
    held.resolve();
    broker = await startNatsServer({ port: broker.port });
    expect(await Promise.all(before)).toEqual(all(SERVED));
    expect(calls()).toEqual(Array(REQUESTS).fill(1));
  });

  it('is called for once if its message is delivered twice, to one worker or to two', async () => {
    await open();
    const nc = await client();
    // A second gateway shares the broker, so that there are two workers of every stage.
    const first = gateway;
    await open();
    gateway = first;
    let repeated = 0;
    nc.subscribe('llmp.v1.stage.upstream', {
      callback: (_, message) => {
        if (message.headers?.has('repeated')) return;
        repeated += 1;
        message.headers?.set('repeated', 'yes');
        const again = message.headers ? { headers: message.headers } : {};
        nc.publish('llmp.v1.stage.upstream', message.data, again);
      },
    });
    await nc.flush();
    held.resolve();
    expect(await Promise.all(askMany('twice'))).toEqual(all(SERVED));
    await expect.poll(() => repeated).toBe(REQUESTS);
    await settled();
    expect(calls()).toEqual(Array(REQUESTS).fill(1));
  });

  it('is not called for if its ingress is gone', async () => {
    // The worker gives up its task for an ingress that is silent for this long.
    await open(limits.bus, { ingressTimeoutMs: 1_500 });
    const nc = await client();
    const replyTo = 'llmp.v1.inbox.ingress.gone';
    const asks = Promise.withResolvers<void>();
    let asked = 0;
    nc.subscribe(`${replyTo}.upstream`, {
      callback: (_, { data }) => {
        asked += decodeBatch(data, FRAMES).filter(({ meta }) => meta.kind === 'ask').length;
        if (asked >= 5) asks.resolve();
      },
    });
    const { meta } = requestMessage({ replyTo, position: 0, routingSlip: ['upstream'] });
    const envelope = headers();
    envelope.set('llmp-envelope', encodeEnvelope(meta));
    const body = Buffer.from('{"model":"claude-gone"}');
    const options = { timeout: 5_000, headers: envelope };
    const reply = async () => (await nc.request('llmp.v1.stage.upstream', body, options)).string();
    await expect.poll(reply).toBe('accepted');
    await asks.promise;
    expect(upstream.requests).toEqual([]);
  });

  async function client(): Promise<NatsConnection> {
    return stack.use(await connect({ servers: broker.url }));
  }
});

const all = (result: Result) => Array.from({ length: REQUESTS }, () => result);

const SERVED: Result = { status: 200, code: undefined };
const BUS_DOWN: Result = { status: 503, code: 'bus_down' };
