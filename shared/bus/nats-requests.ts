// Request/reply over NATS with one shared inbox. The client's own `request` creates an error with a
// stack for every call, whether or not it is answered.

import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Clock } from '../runtime/clock.ts';
import { releaseOf } from '../protocol/release.ts';
import type { Delivery } from './bus.ts';
import type { Outbox } from './nats-outbox.ts';

export interface NatsRequestsOptions {
  readonly nc: Pick<NatsConnection, 'subscribe'>;
  readonly outbox: Outbox;
  /** Subject prefix for replies; must not be used by others. */
  readonly inbox: string;
  readonly clock: Clock;
  /** How long to wait for a reply. */
  readonly acceptMs: number;
  /** Called when the broker denies the inbox, and for a reply that cannot be read. */
  readonly onError: (error: unknown) => void;
}

interface PendingRequest {
  readonly subject: string;
  readonly settle: (delivery: Delivery) => void;
}

/** Time to read what has arrived while the event loop was blocked. */
const UNREAD_MS = 100;

/** Status code of the broker's reply for a subject without subscribers. */
const NO_RESPONDERS = 503;

export class NatsRequests {
  readonly #options: NatsRequestsOptions;
  /** In order of publication. */
  readonly #pendingByToken = new Map<string, PendingRequest>();
  #inbox: Subscription | undefined;
  #sent = 0;

  constructor(options: NatsRequestsOptions) {
    this.#options = options;
  }

  /**
   * Publishes a request and waits for its reply. Never rejects: after a failure it resolves to
   * `timeout`, because a worker may have accepted the request anyway.
   */
  request(subject: string, bytes: Uint8Array, headers: MsgHdrs): Promise<Delivery> {
    const { outbox, inbox, clock, acceptMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    // Tokens are never reused, so a late reply matches no request; the inbox prefix is unguessable.
    const token = String((this.#sent += 1));
    const dueMs = clock.monotonic() + acceptMs;
    let cancelTimer = clock.after(acceptMs, () => {
      // A late timer means that the event loop was blocked: a reply may have arrived that is still unread.
      const isLate = clock.monotonic() - dueMs > UNREAD_MS;
      const timeOut = () => this.#settle(token, 'timeout');
      if (isLate) cancelTimer = clock.after(UNREAD_MS, timeOut);
      else timeOut();
    });
    this.#pendingByToken.set(token, {
      subject,
      settle(delivery) {
        cancelTimer();
        resolve(delivery);
      },
    });
    const refused = () => this.#settle(token, 'timeout');
    try {
      this.#inbox ??= this.#open();
      const reply = `${inbox}.${token}`;
      outbox.publish({ subject, payload: bytes, reply, headers, refused });
    } catch {
      refused();
    }
    return promise;
  }

  /** The broker denied publishing to the subject: settles the oldest pending request to it. */
  settleDenied(subject: string): void {
    for (const [token, pending] of this.#pendingByToken) {
      if (pending.subject === subject) return this.#settle(token, 'timeout');
    }
  }

  /** No reply can arrive: the broker does not respond. */
  settleAll(delivery: Delivery): void {
    for (const token of this.#pendingByToken.keys()) this.#settle(token, delivery);
  }

  #open(): Subscription {
    const { nc, inbox, onError } = this.#options;
    const opened = nc.subscribe(`${inbox}.*`, {
      callback: (error, reply) => {
        if (error) onError(error);
        else this.#onReply(reply);
      },
    });
    void opened.closed.then(() => this.#onClosed(opened));
    return opened;
  }

  /** Denied, drained or closed: no reply can arrive, and the next request subscribes again. */
  #onClosed(inbox: Subscription): void {
    if (this.#inbox !== inbox) return;
    this.#inbox = undefined;
    this.settleAll('timeout');
  }

  /** Must not throw: the client would stop reading the connection. */
  #onReply(reply: Msg): void {
    const token = reply.subject.slice(this.#options.inbox.length + 1);
    try {
      this.#settle(token, deliveryOf(reply));
    } catch (error) {
      this.#options.onError(error);
      this.#settle(token, 'timeout');
    }
  }

  #settle(token: string, delivery: Delivery): void {
    const pending = this.#pendingByToken.get(token);
    this.#pendingByToken.delete(token);
    pending?.settle(delivery);
  }
}

function deliveryOf(reply: Msg): Delivery {
  if (reply.data.byteLength === 0) {
    return reply.headers?.code === NO_RESPONDERS ? 'no_responders' : 'timeout';
  }
  const text = reply.string();
  if (text === 'accepted' || text === 'busy') return text;
  const [, release] = /^unreadable by (.*)$/s.exec(text) ?? [];
  return release === undefined ? 'timeout' : `unreadable by ${releaseOf(release)}`;
}
