// The bus over core NATS: a request message is a request to a queue group, a frame or control a plain
// publish. Every worker is a NATS micro service, so `nats micro ls` shows the gateway.

import { Svcm } from '@nats-io/services';
import {
  headers as natsHeaders,
  PermissionViolationError,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node';
import { EMPTY_BODY } from '../protocol/body.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import { toStage, stageNameOf, type StageName } from '../protocol/messages.ts';
import { workerId } from '../runtime/ids.ts';
import type { BusLimits, PipelineLimits } from '../limits.ts';
import { CONTROLS, decodeBatch, encodeEnvelope, FRAMES } from '../protocol/codec.ts';
import { ClaimCheckStore } from './claim-check.ts';
import { BrokerWatch } from './broker-watch.ts';
import type { Bus, Delivery, Inbox, Subscription, Topic } from './bus.ts';
import { internalHost } from './local-address.ts';
import { ENVELOPE_HEADER, replyTo } from './nats-accept.ts';
import { NatsRequests } from './nats-requests.ts';
import { connectNats, type NatsConnectionOptions } from './nats-connection.ts';
import { watchDenial } from './nats-denial.ts';
import { natsAddress, natsError, natsStartError } from './nats-error.ts';
import { createDrain } from './nats-drain.ts';
import { NatsHeartbeats } from './nats-heartbeats.ts';
import { Outbox } from './nats-outbox.ts';
import { MessageBatcher } from './batcher.ts';

const PREFIX = 'llmp.v1';

export interface NatsBusOptions extends NatsConnectionOptions {
  /** Part of the inbox prefix, which the broker's permissions are based on. */
  readonly role: string;
  readonly version: string;
  /** Where other processes fetch large bodies; host `auto` uses the address the broker sees. */
  readonly internal: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly limits: BusLimits & PipelineLimits;
  readonly onError: (error: unknown) => void;
  /** Called when the broker is lost or responds again, with the servers' addresses. */
  readonly connection?: (state: 'lost' | 'found', address: string) => void;
  /** Called when the client stops reconnecting, such as after a rejected login. */
  readonly ended?: (reason: unknown) => void;
}

/** Connects to NATS. @throws DependencyError if no server responds within `limits.connectMs` */
export async function connectNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { clock, limits } = options;
  const nameError = (error: unknown) => natsError(error, options);
  const onError = (error: unknown) => options.onError(nameError(error));
  const { internal, servers } = options;
  const host = await internalHost(internal.host, servers).catch((error: unknown) => {
    throw natsStartError(error, options);
  });
  const claimChecks = await ClaimCheckStore.start({
    host,
    port: internal.port,
    clock,
    claimCheckMs: limits.claimCheckMs,
  });
  const inboxPrefix = `_INBOX.${options.role}.${workerId()}`;
  const { connectMs } = limits;
  const connecting = connectNats(options, { connectMs, inboxPrefix, waitOnFirstConnect: false });
  const nc = await connecting.catch(async (error: unknown) => {
    await claimChecks[Symbol.asyncDispose]();
    throw natsStartError(error, options);
  });
  const inbox = `${inboxPrefix}.replies`;
  const outbox = new Outbox(nc);
  const { acceptMs } = limits;
  const requests = new NatsRequests({ nc, outbox, inbox, clock, acceptMs, onError });
  const watch = new BrokerWatch({
    clock,
    limits,
    probe: () => nc.flush(),
    onChange: (responds) =>
      options.connection?.(responds ? 'found' : 'lost', natsAddress(options.servers)),
    onDown: () => requests.settleAll('disconnected'),
  });
  const onConnectionError = (error: Error) => {
    if (error instanceof PermissionViolationError) requests.settleDenied(error.subject);
    onError(error);
  };
  void watchStatus(nc, onConnectionError, (isConnected) => watch.connected(isConnected));
  let isDisposed = false;
  void nc.closed().then((error) => {
    if (!isDisposed) options.ended?.(natsStartError(error, options));
  });
  const drain = createDrain({
    clock,
    acceptMs: limits.acceptMs,
    connected: () => watch.responds,
    onError,
  });
  const heartbeats = new NatsHeartbeats({ connection: options, inboxPrefix, limits, onError });
  const batcher = new MessageBatcher({
    clock,
    batchWindowMs: limits.batchWindowMs,
    lazyWindowMs: limits.lazyWindowMs,
    publish: (subject, encode) => outbox.publish({ subject, payload: encode }),
  });

  /** What one message makes its receiver throw must not keep others from theirs. */
  const guarded = (deliver: () => void) => {
    try {
      deliver();
    } catch (thrown) {
      onError(thrown);
    }
  };

  const openInbox = async (
    owner: StageName | 'ingress',
    senders: string,
    deliver: (message: Msg) => void,
  ): Promise<Inbox> => {
    const address = `${PREFIX}.inbox.${owner}.${workerId()}`;
    const denial = watchDenial(nameError, options.onError);
    const subscription = nc.subscribe(`${address}.${senders}`, {
      callback: (error, message) => {
        if (error) return denial.note(error);
        watch.heard();
        guarded(() => deliver(message));
      },
    });
    await subscribed();
    denial.check();
    return {
      address,
      close: () => drain(() => subscription.drain()),
    };
  };

  /** Resolves when the broker knows the subscriptions; the client repeats them when it reconnects. */
  const subscribed = async () => {
    for (;;) {
      try {
        return await nc.flush();
      } catch (error) {
        if (nc.isClosed()) throw error;
        await pause(clock, limits.probeMs);
      }
    }
  };

  return {
    async serve(stage, accept): Promise<Subscription> {
      const service = await new Svcm(nc).add({
        name: `llmp-${stage}`,
        version: options.version,
        description: `llmp ${stage} worker`,
        queue: stage,
      });
      const denial = watchDenial(nameError, options.onError);
      let isStopped = false;
      service.addEndpoint('accept', {
        subject: stageSubject(stage),
        queue: stage,
        handler: (error, message) => {
          if (error) denial.note(error);
          // A stalled broker may still deliver requests after `stop`.
          else replyTo(message, outbox, isStopped ? () => 'busy' : accept, onError);
        },
      });
      await subscribed();
      denial.check();
      heartbeats.prepare();
      return {
        async stop() {
          await drain(() => service.stop());
          isStopped = true;
        },
      };
    },

    async send(message): Promise<Delivery> {
      const { meta, body } = message;
      const claimCheck =
        body.size > limits.inlineBytesMax ? claimChecks.claim(meta.id, body) : undefined;
      const headers = natsHeaders();
      headers.set(ENVELOPE_HEADER, encodeEnvelope(meta, claimCheck));
      try {
        // Nobody has seen a new request, so it need not wait for long.
        const waitMs = meta.attempt === 1 && meta.position === 0 ? 0 : limits.acceptMs;
        if (!watch.responds && !(await watch.whenUp(waitMs))) return 'disconnected';
        const inline = claimCheck ? EMPTY_BODY : body;
        const { bytes } = await inline.read(new AbortController().signal);
        // The next stage is in another process, which parses the body itself.
        body.dropParsed();
        return await requests.request(stageSubject(stageNameOf(meta)), bytes, headers);
      } catch {
        return 'timeout';
      }
    },

    // Every stage may post to an ingress, but only an ingress to a worker.
    openIngressInbox: (receive) =>
      openInbox('ingress', '*', (message) => {
        const sender = toStage(message.subject.slice(message.subject.lastIndexOf('.') + 1));
        for (const frame of decodeBatch(message.data, FRAMES)) {
          guarded(() => receive(frame, sender));
        }
      }),
    openWorkerInbox: (stageName, receive) =>
      openInbox(stageName, 'ingress', ({ data }) => {
        for (const control of decodeBatch(data, CONTROLS)) guarded(() => receive(control));
      }),

    postFrame(address, sender, frame, flush) {
      batcher.add(`${address}.${sender}`, frame, flush);
    },

    postControl(address, control, flush) {
      batcher.add(`${address}.ingress`, control, flush);
    },

    watchWork: (meta, stageName, from) => heartbeats.watchWork(meta, stageName, from),

    publish(topic) {
      outbox.publish({ subject: topicSubject(topic), payload: '' });
    },

    async subscribe(topic, onEvent): Promise<Subscription> {
      const denial = watchDenial(nameError, options.onError);
      const subscription = nc.subscribe(topicSubject(topic), {
        callback: (error) => {
          if (error) denial.note(error);
          else onEvent();
        },
      });
      await subscribed();
      denial.check();
      return {
        stop: () => drain(() => subscription.drain()),
      };
    },

    async hasWorkers(stage) {
      try {
        await nc.request(`$SRV.PING.llmp-${stage}`, '', { timeout: limits.acceptMs });
        return true;
      } catch {
        return false;
      }
    },

    connected: () => watch.responds,
    release: (requestId) => claimChecks.release(requestId),

    async [Symbol.asyncDispose]() {
      isDisposed = true;
      await heartbeats[Symbol.asyncDispose]();
      batcher.flush();
      outbox.flush();
      if (watch.responds && !nc.isClosed()) await drain(() => nc.drain());
      watch[Symbol.dispose]();
      await nc.close();
      await claimChecks[Symbol.asyncDispose]();
    },
  };
}

function stageSubject(stage: StageName): string {
  return `${PREFIX}.stage.${stage}`;
}

function topicSubject(topic: Topic): string {
  return `${PREFIX}.events.${topic}`;
}

/** Must not throw: the client would stop reading the connection. */
/** A denied publish shows nowhere else: `publish` itself never fails. */
async function watchStatus(
  nc: NatsConnection,
  onError: (error: Error) => void,
  onChange: (connected: boolean) => void,
): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') onChange(false);
    else if (status.type === 'reconnect') onChange(true);
    else if (status.type === 'error' && !isDeniedSubscription(status.error)) onError(status.error);
  }
}

/** Those are passed to the subscription's callback. */
function isDeniedSubscription(error: Error): boolean {
  return error instanceof PermissionViolationError && error.operation === 'subscription';
}
