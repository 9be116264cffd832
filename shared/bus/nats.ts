// The bus over NATS, core messages only: letters are requests to a queue group (an absent room is
// known at once, as the request has our own inbox), parcels are plain publishes. Every room is a
// NATS micro service, so `nats micro ls` shows the house.

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
import { roomOf, type Letter, type Room } from '../protocol/messages.ts';
import { workerId } from '../runtime/ids.ts';
import type { Limits } from '../limits.ts';
import { CONTROLS, decodeLetter, decodeParcels, encodeLetter, FRAMES } from '../protocol/codec.ts';
import { BodyHolder, ClaimedBody } from './claim-check.ts';
import type { Bus, Delivery, Listening, Mailbox, News, Receive, Served, Take } from './bus.ts';
import { hostOf } from './own-address.ts';
import { NatsAsks } from './nats-requests.ts';
import { natsAddress, natsFault, natsStartFault } from './nats-error.ts';
import { createLeave } from './nats-drain.ts';
import { ParcelPost } from './batcher.ts';

const PREFIX = 'llmp.v1';
const LETTER_HEADER = 'llmp-letter';
const REFUSED = 'refused';

export interface NatsBusOptions {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM texts for TLS; a `tls://` server alone is checked against the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Names our inboxes, so that the broker's permissions can keep those of other rooms apart. */
  readonly role: string;
  /** Shown by the broker's monitoring, such as `llmp scrubber`. */
  readonly name: string;
  readonly version: string;
  /** Where other processes pull big bodies from this one; `auto`: the address that the broker sees. */
  readonly internal: { readonly host: string; readonly port: number };
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'takeMs' | 'windowMs' | 'lateMs' | 'inlineBytesMax' | 'ticketMs' | 'connectMs'
  >;
  readonly fault: (error: unknown) => void;
  /** Told when the connection is lost and found again, and the servers' addresses. */
  readonly connection?: (state: 'lost' | 'found', address: string) => void;
  /** Told when the client has given up: servers that refuse its login will not take it later. */
  readonly ended?: (reason: unknown) => void;
}

/** Connects and returns the bus; rejects when no server answers within `limits.connectMs`. */
export async function connectNatsBus(options: NatsBusOptions): Promise<Bus> {
  const { clock, limits } = options;
  const named = (error: unknown) => natsFault(error, options);
  const fault = (error: unknown) => options.fault(named(error));
  const { internal, servers } = options;
  const host = await hostOf(internal.host, servers).catch((error: unknown) => {
    throw natsStartFault(error, options);
  });
  const holder = await BodyHolder.start({
    host,
    port: internal.port,
    clock,
    ticketMs: limits.ticketMs,
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
    throw natsStartFault(error, options);
  });
  const inbox = `${inboxPrefix}.asks`;
  const asks = new NatsAsks({ nc, inbox, clock, takeMs: limits.takeMs, fault });
  let connected = true;
  const broken = (error: Error) => {
    if (error instanceof PermissionViolationError) asks.denied(error.subject);
    fault(error);
  };
  void watch(nc, broken, (now) => {
    if (now !== connected) {
      options.connection?.(now ? 'found' : 'lost', natsAddress(options.servers));
    }
    connected = now;
  });
  let isDisposed = false;
  void nc.closed().then((error) => {
    if (!isDisposed) options.ended?.(natsStartFault(error, options));
  });
  const leave = createLeave({ clock, takeMs: limits.takeMs, connected: () => connected, fault });
  const post = new ParcelPost({
    clock,
    windowMs: limits.windowMs,
    lateMs: limits.lateMs,
    publish: (subject, message) => {
      if (!nc.isClosed()) nc.publish(subject, message);
    },
  });

  return {
    async serve(room, take): Promise<Served> {
      const service = await new Svcm(nc).add({
        name: `llmp-${room}`,
        version: options.version,
        description: `llmp ${room} worker`,
        queue: room,
      });
      const denial = watchDenial(named, options.fault);
      let hasLeft = false;
      service.addEndpoint('take', {
        subject: letterSubject(room),
        queue: room,
        handler: (error, message) => {
          if (error) denial.note(error);
          // A broker that did not hear of it may still bring letters.
          else message.respond(hasLeft ? 'busy' : offer(message, take, fault));
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

    async send(letter): Promise<Delivery> {
      const { meta, body } = letter;
      const ticket = body.size > limits.inlineBytesMax ? holder.claim(meta.id, body) : undefined;
      const headers = natsHeaders();
      headers.set(LETTER_HEADER, encodeLetter(meta, ticket));
      try {
        const bytes = ticket ? new Uint8Array() : await body.read(new AbortController().signal);
        return await asks.ask(letterSubject(roomOf(meta)), bytes, headers);
      } catch {
        return 'unknown';
      }
    },

    async open(owner, receive): Promise<Mailbox> {
      const address = `${PREFIX}.box.${owner}.${workerId()}`;
      const denial = watchDenial(named, options.fault);
      // Only the ingress steers rooms, while all rooms write home to an ingress.
      const subscription = nc.subscribe(`${address}.${owner === 'ingress' ? '*' : 'ingress'}`, {
        callback: (error, message) => {
          if (error) denial.note(error);
          else deliver(message, owner, receive, fault);
        },
      });
      await nc.flush();
      denial.check();
      return {
        address,
        async close() {
          await leave(() => subscription.drain());
        },
      };
    },

    post(address, sender, parcel, urgency) {
      post.add(`${address}.${sender}`, parcel, urgency);
    },

    announce(news) {
      if (!nc.isClosed()) nc.publish(newsSubject(news));
    },

    async listen(news, heard): Promise<Listening> {
      const denial = watchDenial(named, options.fault);
      const subscription = nc.subscribe(newsSubject(news), {
        callback: (error) => {
          if (error) denial.note(error);
          else heard();
        },
      });
      await nc.flush();
      denial.check();
      return {
        async stop() {
          await leave(() => subscription.drain());
        },
      };
    },

    async attended(room) {
      try {
        await nc.request(`$SRV.PING.llmp-${room}`, '', { timeout: limits.takeMs });
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

function letterSubject(room: Room): string {
  return `${PREFIX}.room.${room}`;
}

function newsSubject(news: News): string {
  return `${PREFIX}.news.${news}`;
}

/** Answers `taken`, `busy` or `refused`: a throw here would stop the whole connection reading. */
function offer(message: Msg, take: Take, fault: (error: unknown) => void): string {
  try {
    return take(letterOf(message));
  } catch (error) {
    fault(error);
    return REFUSED;
  }
}

function letterOf(message: Pick<Msg, 'headers' | 'data'>): Letter {
  const { meta, ticket } = decodeLetter(message.headers?.get(LETTER_HEADER) ?? '');
  return { meta, body: ticket ? new ClaimedBody(ticket) : new HeldBody(message.data) };
}

function deliver(
  message: Msg,
  owner: Room | 'ingress',
  receive: Receive,
  fault: (error: unknown) => void,
): void {
  try {
    const sender = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    const { data } = message;
    const forIngress = owner === 'ingress';
    for (const parcel of forIngress ? decodeParcels(data, FRAMES) : decodeParcels(data, CONTROLS)) {
      receive(parcel, sender as Room | 'ingress');
    }
  } catch (error) {
    fault(error);
  }
}

/** A subscription that the broker denies is told later; a start that waited for it must fail. */
function watchDenial(named: (error: unknown) => unknown, fault: (error: unknown) => void) {
  let denied: unknown;
  return {
    note(error: Error) {
      denied ??= named(error);
      fault(named(error));
    },
    check() {
      if (denied) throw denied;
    },
  };
}

/** A denied publish shows nowhere else: `publish` itself never fails. */
async function watch(
  nc: NatsConnection,
  fault: (error: Error) => void,
  tell: (connected: boolean) => void,
): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'disconnect') tell(false);
    else if (status.type === 'reconnect') tell(true);
    else if (status.type === 'error' && !isDeniedSubscription(status.error)) fault(status.error);
  }
}

/** Those reach the subscription's own callback. */
function isDeniedSubscription(error: Error): boolean {
  return error instanceof PermissionViolationError && error.operation === 'subscription';
}
