// Requests over NATS whose answer says what became of a letter. They share one inbox of our own, as
// the library's `request` makes an error with a stack for each of them, answered or not.

import type { Msg, MsgHdrs, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Clock } from '../runtime/clock.ts';
import type { Delivery } from './bus.ts';

export interface NatsAsksOptions {
  readonly nc: Pick<NatsConnection, 'subscribe' | 'publish'>;
  /** Answers come to subjects right below this one, which nobody else may use. */
  readonly inbox: string;
  readonly clock: Clock;
  /** How long an answer is waited for. */
  readonly takeMs: number;
  /** Told when the broker denies the inbox, and of an answer that cannot be read. */
  readonly fault: (error: unknown) => void;
}

interface Ask {
  readonly subject: string;
  readonly settle: (delivery: Delivery) => void;
}

/** What the broker answers in the name of a subject that nobody listens to. */
const NO_RESPONDERS = 503;

export class NatsAsks {
  readonly #options: NatsAsksOptions;
  /** In the order they were asked. */
  readonly #askByToken = new Map<string, Ask>();
  #inbox: Subscription | undefined;
  #asked = 0;

  constructor(options: NatsAsksOptions) {
    this.#options = options;
  }

  /**
   * Publishes and waits for what the one who took it answers. Never rejects: whatever keeps the answer
   * from us, the letter may have been taken.
   */
  ask(subject: string, bytes: Uint8Array, headers: MsgHdrs): Promise<Delivery> {
    const { nc, inbox, clock, takeMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    // Counted, never used again: a late answer is nobody's, and the inbox cannot be guessed.
    const token = String((this.#asked += 1));
    const takeBack = clock.after(takeMs, () => this.#settle(token, 'unknown'));
    this.#askByToken.set(token, {
      subject,
      settle(delivery) {
        takeBack();
        resolve(delivery);
      },
    });
    try {
      this.#inbox ??= this.#open();
      nc.publish(subject, bytes, { reply: `${inbox}.${token}`, headers });
    } catch {
      this.#settle(token, 'unknown');
    }
    return promise;
  }

  /** The broker has refused to publish to the subject: the first to ask there gets no answer. */
  denied(subject: string): void {
    for (const [token, ask] of this.#askByToken) {
      if (ask.subject === subject) return this.#settle(token, 'unknown');
    }
  }

  #open(): Subscription {
    const { nc, inbox, fault } = this.#options;
    const opened = nc.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error) fault(error);
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
    for (const token of this.#askByToken.keys()) this.#settle(token, 'unknown');
  }

  /** A throw here would stop the whole connection reading. */
  #answered(message: Msg): void {
    const token = message.subject.slice(this.#options.inbox.length + 1);
    try {
      this.#settle(token, deliveryOf(message));
    } catch (error) {
      this.#options.fault(error);
      this.#settle(token, 'unknown');
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
    return message.headers?.code === NO_RESPONDERS ? 'absent' : 'unknown';
  }
  const answer = message.string();
  return answer === 'taken' || answer === 'busy' ? answer : 'unknown';
}
