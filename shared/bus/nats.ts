// The bus over core NATS: requests go to a queue group per stage, messages are plain publishes.
// Every worker is a NATS micro service, so `nats micro ls` lists the gateway.

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
import { stageNameOf, type RequestMessage, type StageName } from '../protocol/messages.ts';
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
import type { Accept, Bus, Delivery, Inbox, Receive, Subscription, Topic } from './bus.ts';
import { internalHost } from './local-address.ts';
import { NatsRequests } from './nats-requests.ts';
import { watchDenial } from './nats-denial.ts';
import { natsAddress, natsError, natsStartError } from './nats-error.ts';
import { createDrain } from './nats-drain.ts';
import { MessageBatcher } from './batcher.ts';

const PREFIX = 'llmp.v1';
const ENVELOPE_HEADER = 'llmp-envelope';
/** Any reply other than `accepted` and `busy` counts as `timeout`. */
const REFUSED = 'refused';

export interface NatsBusOptions {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts. A `tls://` URL without them trusts the system's certificate authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Part of the inbox prefix, which the broker's permissions are based on. */
  readonly role: string;
  /** Connection name in the broker's monitoring, such as `llmp scrubber`. */
  readonly name: string;
  readonly version: string;
  /** Where other processes fetch large bodies; host `auto` uses the address the broker sees. */
  readonly internal: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'acceptMs' | 'batchWindowMs' | 'lazyWindowMs' | 'inlineBytesMax' | 'claimCheckMs' | 'connectMs'
  >;
  readonly onError: (error: unknown) => void;
  /** Called when the connection is lost or restored, with the servers' addresses. */
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
  // The client ignores the URL scheme and would connect in plain text without this option.
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
    // Async traces create two Errors per request.
    noAsyncTraces: true,
    inboxPrefix,
    ...(tls ? { tls } : {}),
    ...(options.user === undefined ? {} : { user: options.user, pass: options.password ?? '' }),
  }).catch(async (error: unknown) => {
    await claimChecks[Symbol.asyncDispose]();
    throw natsStartError(error, options);
  });
  const inbox = `${inboxPrefix}.replies`;
  const requests = new NatsRequests({ nc, inbox, clock, acceptMs: limits.acceptMs, onError });
  let connected = true;
  const onConnectionError = (error: Error) => {
    if (error instanceof PermissionViolationError) requests.settleDenied(error.subject);
    onError(error);
  };
  void watchStatus(nc, onConnectionError, (now) => {
    if (now !== connected) {
      options.connection?.(now ? 'found' : 'lost', natsAddress(options.servers));
    }
    connected = now;
  });
  let isDisposed = false;
  void nc.closed().then((error) => {
    if (!isDisposed) options.ended?.(natsStartError(error, options));
  });
  const drain = createDrain({
    clock,
    acceptMs: limits.acceptMs,
    connected: () => connected,
    onError,
  });
  const batcher = new MessageBatcher({
    clock,
    batchWindowMs: limits.batchWindowMs,
    lazyWindowMs: limits.lazyWindowMs,
    publish: (subject, message) => {
      if (!nc.isClosed()) nc.publish(subject, message);
    },
  });

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
          else message.respond(isStopped ? 'busy' : acceptReply(message, accept, onError));
        },
      });
      await nc.flush();
      denial.check();
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
        const bytes = claimCheck ? new Uint8Array() : await body.read(new AbortController().signal);
        return await requests.request(stageSubject(stageNameOf(meta)), bytes, headers);
      } catch {
        return 'timeout';
      }
    },

    async open(owner, receive): Promise<Inbox> {
      const address = `${PREFIX}.inbox.${owner}.${workerId()}`;
      const denial = watchDenial(nameError, options.onError);
      // Only the ingress sends controls to workers; every stage sends frames to an ingress.
      const subscription = nc.subscribe(`${address}.${owner === 'ingress' ? '*' : 'ingress'}`, {
        callback: (error, message) => {
          if (error) denial.note(error);
          else deliver(message, owner, receive, onError);
        },
      });
      await nc.flush();
      denial.check();
      return {
        address,
        async close() {
          await drain(() => subscription.drain());
        },
      };
    },

    post(address, sender, item, flush) {
      batcher.add(`${address}.${sender}`, item, flush);
    },

    publish(topic) {
      if (!nc.isClosed()) nc.publish(topicSubject(topic));
    },

    async subscribe(topic, onEvent): Promise<Subscription> {
      const denial = watchDenial(nameError, options.onError);
      const subscription = nc.subscribe(topicSubject(topic), {
        callback: (error) => {
          if (error) denial.note(error);
          else onEvent();
        },
      });
      await nc.flush();
      denial.check();
      return {
        async stop() {
          await drain(() => subscription.drain());
        },
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

    connected: () => connected,
    release: (requestId) => claimChecks.release(requestId),

    async [Symbol.asyncDispose]() {
      isDisposed = true;
      batcher.flush();
      if (connected && !nc.isClosed()) await drain(() => nc.drain());
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
function acceptReply(message: Msg, accept: Accept, onError: (error: unknown) => void): string {
  try {
    return accept(requestOf(message));
  } catch (error) {
    onError(error);
    return REFUSED;
  }
}

function requestOf(message: Pick<Msg, 'headers' | 'data'>): RequestMessage {
  const { meta, claimCheck } = decodeEnvelope(message.headers?.get(ENVELOPE_HEADER) ?? '');
  return { meta, body: claimCheck ? new ClaimedBody(claimCheck) : new HeldBody(message.data) };
}

function deliver(
  message: Msg,
  owner: StageName | 'ingress',
  receive: Receive,
  onError: (error: unknown) => void,
): void {
  try {
    const sender = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    const { data } = message;
    const forIngress = owner === 'ingress';
    for (const item of forIngress ? decodeBatch(data, FRAMES) : decodeBatch(data, CONTROLS)) {
      receive(item, sender as StageName | 'ingress');
    }
  } catch (error) {
    onError(error);
  }
}

/** The only place where a denied publish is reported: `publish` itself never fails. */
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
