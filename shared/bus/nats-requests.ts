// Requests over NATS whose answer says what became of a message. They share one inbox of our own, as
// the library's `request` makes an error with a stack for each of them, answered or not.

import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Clock } from '../runtime/clock.ts';
import type { Delivery } from './bus.ts';

export interface NatsRequestsOptions {
  readonly nc: Pick<NatsConnection, 'subscribe' | 'publish'>;
  /** Answers come to subjects right below this one, which nobody else may use. */
  readonly inbox: string;
  readonly clock: Clock;
  /** How long an answer is waited for. */
  readonly acceptMs: number;
  /** Told when the broker denies the inbox, and of an answer that cannot be read. */
  readonly onError: (error: unknown) => void;
}

interface Ask {
  readonly subject: string;
  readonly settle: (delivery: Delivery) => void;
}

/** What the broker answers in the name of a subject that nobody listens to. */
const NO_RESPONDERS = 503;

export class NatsRequests {
  readonly #options: NatsRequestsOptions;
  /** In the order they were asked. */
  readonly #askByToken = new Map<string, Ask>();
  #inbox: Subscription | undefined;
  #asked = 0;

  constructor(options: NatsRequestsOptions) {
    this.#options = options;
  }

  /**
   * Publishes and waits for what the one who took it answers. Never rejects: whatever keeps the answer
   * from us, the message may have been taken.
   */
  ask(subject: string, bytes: Uint8Array, headers: MsgHdrs): Promise<Delivery> {
    const { nc, inbox, clock, acceptMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    // Counted, never used again: a late answer is nobody's, and the inbox cannot be guessed.
    const token = String((this.#asked += 1));
    const cancelTimer = clock.after(acceptMs, () => this.#settle(token, 'timeout'));
    this.#askByToken.set(token, {
      subject,
      settle(delivery) {
        cancelTimer();
        resolve(delivery);
      },
    });
    try {
      this.#inbox ??= this.#open();
      nc.publish(subject, bytes, { reply: `${inbox}.${token}`, headers });
    } catch {
      this.#settle(token, 'timeout');
    }
    return promise;
  }

  /** The broker has refused to publish to the subject: the first to ask there gets no answer. */
  denied(subject: string): void {
    for (const [token, ask] of this.#askByToken) {
      if (ask.subject === subject) return this.#settle(token, 'timeout');
    }
  }

  #open(): Subscription {
    const { nc, inbox, onError } = this.#options;
    const opened = nc.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error) onError(error);
        else this.#answered(message);
      },
    });
    void opened.closed.then(() => this.#closed(opened));
    return opened;
  }

  /** Denied, drained or closed with the connection: no answer can come, and the next ask opens anew. */
  #closed(inbox: Subscription): void {
    if (this.#inbox !== inbox) return;
    this.#inbox = undefined;
    for (const token of this.#askByToken.keys()) this.#settle(token, 'timeout');
  }

  /** A throw here would stop the whole connection reading. */
  #answered(message: Msg): void {
    const token = message.subject.slice(this.#options.inbox.length + 1);
    try {
      this.#settle(token, deliveryOf(message));
    } catch (error) {
      this.#options.onError(error);
      this.#settle(token, 'timeout');
    }
  }

  #settle(token: string, delivery: Delivery): void {
    const ask = this.#askByToken.get(token);
    this.#askByToken.delete(token);
    ask?.settle(delivery);
  }
}

function deliveryOf(message: Msg): Delivery {
  if (message.data.byteLength === 0) {
    return message.headers?.code === NO_RESPONDERS ? 'no_responders' : 'timeout';
  }
  const answer = message.string();
  return answer === 'accepted' || answer === 'busy' ? answer : 'timeout';
}
