// Hands what is published within one turn of the event loop to the client together: a turn costs one write to
// the broker, however many requests it was about.

import type { NatsConnection, PublishOptions } from '@nats-io/transport-node';

export interface Publication extends Pick<PublishOptions, 'reply' | 'headers'> {
  readonly subject: string;
  /** A function is called when the turn ends. */
  readonly payload: Uint8Array | string | (() => Uint8Array);
  /** Called when the client does not take it, such as after its connection has ended. */
  readonly refused?: () => void;
}

export class Outbox {
  readonly #nc: Pick<NatsConnection, 'publish' | 'isClosed'>;
  #waiting: Publication[] = [];

  constructor(nc: Pick<NatsConnection, 'publish' | 'isClosed'>) {
    this.#nc = nc;
  }

  /** In order; what is published after the turn's end goes with the next one. Never throws. */
  publish(publication: Publication): void {
    if (this.#waiting.push(publication) === 1) setImmediate(() => this.flush());
  }

  /** Publishes at once what waits. */
  flush(): void {
    for (const { subject, payload, reply, headers, refused } of this.#waiting.splice(0)) {
      try {
        const bytes = typeof payload === 'function' ? payload() : payload;
        if (this.#nc.isClosed()) refused?.();
        else {
          this.#nc.publish(subject, bytes, {
            ...(reply === undefined ? {} : { reply }),
            ...(headers === undefined ? {} : { headers }),
          });
        }
      } catch {
        refused?.();
      }
    }
  }
}
