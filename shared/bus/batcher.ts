// Lets parcels for one mailbox share messages: the first leaves at once, those that follow within
// the window leave together, so a quiet stream has no delay and two hundred busy ones cost one
// message per window instead of one per event.

import type { Clock } from '../runtime/clock.ts';
import type { Parcel } from '../protocol/messages.ts';
import { encodeParcels, parcelSize } from '../protocol/codec.ts';
import type { Urgency } from './bus.ts';

/** A message above this leaves without waiting, far below the broker's maximum. */
const MESSAGE_BYTES = 256 * 1024;

/** A mailbox nothing was posted to for that long is forgotten when another is met. */
const IDLE_MS = 60_000;

interface Queue {
  parcels: Parcel[];
  bytes: number;
  sentAtMs: number;
  /** When the parcels that wait are to leave; Infinity while none does. */
  dueMs: number;
  takeBack: (() => void) | undefined;
}

export interface ParcelPostOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly lateMs: number;
  readonly publish: (subject: string, message: Uint8Array) => void;
}

export class ParcelPost {
  readonly #options: ParcelPostOptions;
  readonly #queueBySubject = new Map<string, Queue>();

  constructor(options: ParcelPostOptions) {
    this.#options = options;
  }

  add(subject: string, parcel: Parcel, urgency: Urgency): void {
    const { clock, windowMs, lateMs } = this.#options;
    const queue = this.#queueOf(subject);
    queue.parcels.push(parcel);
    queue.bytes += parcelSize(parcel);
    if (urgency === 'now' || queue.bytes >= MESSAGE_BYTES) return this.#flush(subject, queue);
    const nowMs = clock.monotonic();
    const soonMs = Math.max(nowMs, queue.sentAtMs + windowMs);
    const dueMs = urgency === 'soon' ? soonMs : nowMs + lateMs;
    if (queue.dueMs <= dueMs) return;
    queue.takeBack?.();
    queue.dueMs = dueMs;
    queue.takeBack = clock.after(dueMs - nowMs, () => this.#flush(subject, queue));
  }

  /** Sends everything that waits. */
  flush(): void {
    for (const [subject, queue] of this.#queueBySubject) this.#flush(subject, queue);
  }

  #queueOf(subject: string): Queue {
    const known = this.#queueBySubject.get(subject);
    if (known) return known;
    this.#forgetIdle();
    const idle = { parcels: [], bytes: 0, dueMs: Infinity, takeBack: undefined };
    const queue = { ...idle, sentAtMs: -this.#options.windowMs };
    this.#queueBySubject.set(subject, queue);
    return queue;
  }

  #flush(subject: string, queue: Queue): void {
    queue.takeBack?.();
    queue.takeBack = undefined;
    queue.dueMs = Infinity;
    const { parcels } = queue;
    if (parcels.length === 0) return;
    queue.parcels = [];
    queue.bytes = 0;
    queue.sentAtMs = this.#options.clock.monotonic();
    this.#options.publish(subject, encodeParcels(parcels));
  }

  /** Mailboxes of processes long gone must not pile up. */
  #forgetIdle(): void {
    const idleBeforeMs = this.#options.clock.monotonic() - IDLE_MS;
    for (const [subject, queue] of this.#queueBySubject) {
      if (queue.parcels.length === 0 && queue.sentAtMs < idleBeforeMs) {
        this.#queueBySubject.delete(subject);
      }
    }
  }
}
