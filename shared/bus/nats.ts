// The bus over core NATS: a request message is a request to a queue group, a frame or control a plain
// publish. Every worker is a NATS micro service, so `nats micro ls` shows the gateway.

import { Svcm } from '@nats-io/services';
import {
  connect,
  headers as natsHeaders,
  PermissionViolationError,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node';
import { HeldBody } from '../protocol/body.ts';
import type { Clock } from '../runtime/clock.ts';
import { toStage, stageNameOf, type RequestMessage, type StageName } from '../protocol/messages.ts';
import { workerId } from '../runtime/ids.ts';
import type { Limits } from '../limits.ts';
import {
  CONTROLS,
  decodeEnvelope,
  decodeBatch,
  encodeEnvelope,
  FRAMES,
} from '../protocol/codec.ts';
import { ClaimCheckStore, ClaimedBody } from './claim-check.ts';
import type { Accept, Bus, Delivery, Inbox, Subscription, Topic } from './bus.ts';
import { hostOf } from './own-address.ts';
import { NatsRequests } from './nats-requests.ts';
import { watchDenial } from './nats-denial.ts';
import { natsAddress, natsError, natsStartError } from './nats-error.ts';
import { createLeave } from './nats-drain.ts';
import { MessageBatcher } from './batcher.ts';

const PREFIX = 'llmp.v1';
const ENVELOPE_HEADER = 'llmp-envelope';
const REFUSED = 'refused';

export interface NatsBusOptions {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts for TLS; a `tls://` server alone is checked against the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Names our inboxes, so that the broker's permissions can keep those of other workers apart. */
  readonly role: string;
  /** Shown by the broker's monitoring, such as `llmp scrubber`. */
  readonly name: string;
  readonly version: string;
  /** Where other processes pull big bodies from this one; `auto`: the address that the broker sees. */
  readonly internal: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'acceptMs' | 'windowMs' | 'lateMs' | 'inlineBytesMax' | 'claimCheckMs' | 'connectMs'
  >;
  readonly onError: (error: unknown) => void;
  /** Told when the connection is lost and found again, and the servers' addresses. */
  readonly connection?: (state: 'lost' | 'found', address: string) => void;
  /** Told when the client has given up: servers that refuse its login will not take it later. */
  readonly ended?: (reason: unknown) => void;
}

/** Connects and returns the bus; rejects when no server answers within `limits.connectMs`. */
export async function connectNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { clock, limits } = options;
  const named = (error: unknown) => natsError(error, options);
  const onError = (error: unknown) => options.onError(named(error));
  const { internal, servers } = options;
  const host = await hostOf(internal.host, servers).catch((error: unknown) => {
    throw natsStartError(error, options);
  });
  const holder = await ClaimCheckStore.start({
    host,
    port: internal.port,
    clock,
    claimCheckMs: limits.claimCheckMs,
  });
  // The client does not look at the scheme, and without `tls` would go on in the clear.
  const tls = options.tls ?? (options.servers.some((url) => url.startsWith('tls:')) ? {} : null);
  const inboxPrefix = `_INBOX.${options.role}.${workerId()}`;
  const nc = await connect({
    servers: [...options.servers],
    name: options.name,
    timeout: limits.connectMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    waitOnFirstConnect: false,
    // Traces across awaits cost two Errors for each request.
    noAsyncTraces: true,
    inboxPrefix,
    ...(tls ? { tls } : {}),
    ...(options.user === undefined ? {} : { user: options.user, pass: options.password ?? '' }),
  }).catch(async (error: unknown) => {
    await holder[Symbol.asyncDispose]();
    throw natsStartError(error, options);
  });
  const inbox = `${inboxPrefix}.asks`;
  const asks = new NatsRequests({ nc, inbox, clock, acceptMs: limits.acceptMs, onError });
  let connected = true;
  const broken = (error: Error) => {
    if (error instanceof PermissionViolationError) asks.denied(error.subject);
    onError(error);
  };
  void watch(nc, broken, (now) => {
    if (now !== connected) {
      options.connection?.(now ? 'found' : 'lost', natsAddress(options.servers));
    }
    connected = now;
  });
  let isDisposed = false;
  void nc.closed().then((error) => {
    if (!isDisposed) options.ended?.(natsStartError(error, options));
  });
  const leave = createLeave({
    clock,
    acceptMs: limits.acceptMs,
    connected: () => connected,
    onError,
  });
  const post = new MessageBatcher({
    clock,
    windowMs: limits.windowMs,
    lateMs: limits.lateMs,
    publish: (subject, message) => {
      if (!nc.isClosed()) nc.publish(subject, message);
    },
  });

  const openInbox = async (
    owner: StageName | 'ingress',
    senders: string,
    deliver: (message: Msg) => void,
  ): Promise<Inbox> => {
    const address = `${PREFIX}.inbox.${owner}.${workerId()}`;
    const denial = watchDenial(named, options.onError);
    const subscription = nc.subscribe(`${address}.${senders}`, {
      callback: (error, message) => {
        if (error) return denial.note(error);
        try {
          deliver(message);
        } catch (thrown) {
          onError(thrown);
        }
      },
    });
    await nc.flush();
    denial.check();
    return {
      address,
      close: () => leave(() => subscription.drain()),
    };
  };

  return {
    async serve(stageName, take): Promise<Subscription> {
      const service = await new Svcm(nc).add({
        name: `llmp-${stageName}`,
        version: options.version,
        description: `llmp ${stageName} worker`,
        queue: stageName,
      });
      const denial = watchDenial(named, options.onError);
      let hasLeft = false;
      service.addEndpoint('take', {
        subject: stageSubject(stageName),
        queue: stageName,
        handler: (error, message) => {
          if (error) denial.note(error);
          // A broker that did not hear of it may still bring messages.
          else message.respond(hasLeft ? 'busy' : offer(message, take, onError));
        },
      });
      await nc.flush();
      denial.check();
      return {
        async stop() {
          await leave(() => service.stop());
          hasLeft = true;
        },
      };
    },

    async send(message): Promise<Delivery> {
      const { meta, body } = message;
      const claimCheck =
        body.size > limits.inlineBytesMax ? holder.claim(meta.id, body) : undefined;
      const headers = natsHeaders();
      headers.set(ENVELOPE_HEADER, encodeEnvelope(meta, claimCheck));
      try {
        const bytes = claimCheck ? new Uint8Array() : await body.read(new AbortController().signal);
        return await asks.ask(stageSubject(stageNameOf(meta)), bytes, headers);
      } catch {
        return 'timeout';
      }
    },

    // Every stage may post to an ingress, but only an ingress to a worker.
    openIngressInbox: (receive) =>
      openInbox('ingress', '*', (message) => {
        const sender = toStage(message.subject.slice(message.subject.lastIndexOf('.') + 1));
        for (const frame of decodeBatch(message.data, FRAMES)) receive(frame, sender);
      }),
    openWorkerInbox: (stageName, receive) =>
      openInbox(stageName, 'ingress', ({ data }) => {
        for (const control of decodeBatch(data, CONTROLS)) receive(control);
      }),

    postFrame(address, sender, frame, flush) {
      post.add(`${address}.${sender}`, frame, flush);
    },

    postControl(address, control, flush) {
      post.add(`${address}.ingress`, control, flush);
    },

    publish(topic) {
      if (!nc.isClosed()) nc.publish(topicSubject(topic));
    },

    async subscribe(topic, heard): Promise<Subscription> {
      const denial = watchDenial(named, options.onError);
      const subscription = nc.subscribe(topicSubject(topic), {
        callback: (error) => {
          if (error) denial.note(error);
          else heard();
        },
      });
      await nc.flush();
      denial.check();
      return {
        stop: () => leave(() => subscription.drain()),
      };
    },

    async hasWorkers(stageName) {
      try {
        await nc.request(`$SRV.PING.llmp-${stageName}`, '', { timeout: limits.acceptMs });
        return true;
      } catch {
        return false;
      }
    },

    connected: () => connected,
    release: (requestId) => holder.release(requestId),

    async [Symbol.asyncDispose]() {
      isDisposed = true;
      post.flush();
      if (connected && !nc.isClosed()) await leave(() => nc.drain());
      await nc.close();
      await holder[Symbol.asyncDispose]();
    },
  };
}

function stageSubject(stageName: StageName): string {
  return `${PREFIX}.stage.${stageName}`;
}

function topicSubject(topic: Topic): string {
  return `${PREFIX}.events.${topic}`;
}

/** Answers `taken`, `busy` or `refused`: a throw here would stop the whole connection reading. */
function offer(message: Msg, take: Accept, onError: (error: unknown) => void): string {
  try {
    return take(messageOf(message));
  } catch (error) {
    onError(error);
    return REFUSED;
  }
}

function messageOf(message: Pick<Msg, 'headers' | 'data'>): RequestMessage {
  const { meta, claimCheck } = decodeEnvelope(message.headers?.get(ENVELOPE_HEADER) ?? '');
  return { meta, body: claimCheck ? new ClaimedBody(claimCheck) : new HeldBody(message.data) };
}

/** A denied publish shows nowhere else: `publish` itself never fails. */
async function watch(
  nc: NatsConnection,
  onError: (error: Error) => void,
  tell: (connected: boolean) => void,
): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') tell(false);
    else if (status.type === 'reconnect') tell(true);
    else if (status.type === 'error' && !isDeniedSubscription(status.error)) onError(status.error);
  }
}

/** Those reach the subscription's own callback. */
function isDeniedSubscription(error: Error): boolean {
  return error instanceof PermissionViolationError && error.operation === 'subscription';
}
