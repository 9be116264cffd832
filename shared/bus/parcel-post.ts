// Lets parcels for one mailbox share messages: the first leaves at once, those that follow within
// the window leave together, so a quiet stream has no delay and two hundred busy ones cost one
// message per window instead of one per event.

import type { Clock } from '../clock.ts';
import type { Parcel } from '../envelope.ts';
import { encodeParcels, parcelSize } from '../wire.ts';
import type { Urgency } from './bus.ts';

/** A message above this leaves without waiting, far below the broker's maximum. */
const MESSAGE_BYTES = 256 * 1024;

interface Queue {
  parcels: Parcel[];
  bytes: number;
  sentAtMs: number;
  takeBack: (() => void) | undefined;
}

export interface ParcelPostOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly publish: (subject: string, message: Uint8Array) => void;
}

export class ParcelPost {
  readonly #options: ParcelPostOptions;
  readonly #queueBySubject = new Map<string, Queue>();

  constructor(options: ParcelPostOptions) {
    this.#options = options;
  }

  add(subject: string, parcel: Parcel, urgency: Urgency): void {
    const { clock, windowMs } = this.#options;
    let queue = this.#queueBySubject.get(subject);
    if (!queue) {
      queue = { parcels: [], bytes: 0, sentAtMs: -windowMs, takeBack: undefined };
      this.#queueBySubject.set(subject, queue);
    }
    queue.parcels.push(parcel);
    queue.bytes += parcelSize(parcel);
    if (urgency === 'now' || queue.bytes >= MESSAGE_BYTES) return this.#flush(subject, queue);
    if (queue.takeBack) return;
    const waitMs = queue.sentAtMs + windowMs - clock.monotonic();
    queue.takeBack = clock.after(Math.max(0, waitMs), () => this.#flush(subject, queue));
  }

  /** Sends everything that waits. */
  flush(): void {
    for (const [subject, queue] of this.#queueBySubject) this.#flush(subject, queue);
  }

  #flush(subject: string, queue: Queue): void {
    queue.takeBack?.();
    queue.takeBack = undefined;
    const { parcels } = queue;
    if (parcels.length === 0) return this.#forgetIdle();
    queue.parcels = [];
    queue.bytes = 0;
    queue.sentAtMs = this.#options.clock.monotonic();
    this.#options.publish(subject, encodeParcels(parcels));
  }

  /** Mailboxes of processes long gone must not pile up. */
  #forgetIdle(): void {
    const idleBefore = this.#options.clock.monotonic() - 60_000;
    for (const [subject, queue] of this.#queueBySubject) {
      if (queue.parcels.length === 0 && queue.sentAtMs < idleBefore) {
        this.#queueBySubject.delete(subject);
      }
    }
  }
}
