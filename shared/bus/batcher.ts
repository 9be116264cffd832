// Lets messages for one inbox share messages: the first leaves at once, those that follow within
// the window leave together, so a quiet stream has no delay and two hundred busy ones cost one
// message per window instead of one per event.

import type { Clock } from '../runtime/clock.ts';
import type { Message } from '../protocol/messages.ts';
import { encodeBatch, itemSize } from '../protocol/codec.ts';
import type { Flush } from './bus.ts';

/** A message above this leaves without waiting, far below the broker's maximum. */
const MESSAGE_BYTES = 256 * 1024;

/** A inbox nothing was posted to for that long is forgotten when another is met. */
const IDLE_MS = 60_000;

interface Queue {
  items: Message[];
  bytes: number;
  sentAtMs: number;
  /** When the messages that wait are to leave; Infinity while none does. */
  dueMs: number;
  cancelTimer: (() => void) | undefined;
}

export interface MessageBatcherOptions {
  readonly clock: Clock;
  readonly windowMs: number;
  readonly lateMs: number;
  readonly publish: (subject: string, message: Uint8Array) => void;
}

export class MessageBatcher {
  readonly #options: MessageBatcherOptions;
  readonly #queueBySubject = new Map<string, Queue>();

  constructor(options: MessageBatcherOptions) {
    this.#options = options;
  }

  add(subject: string, item: Message, flush: Flush): void {
    const { clock, windowMs, lateMs } = this.#options;
    const queue = this.#queueOf(subject);
    queue.items.push(item);
    queue.bytes += itemSize(item);
    if (flush === 'immediate' || queue.bytes >= MESSAGE_BYTES) return this.#flush(subject, queue);
    const nowMs = clock.monotonic();
    const soonMs = Math.max(nowMs, queue.sentAtMs + windowMs);
    const dueMs = flush === 'batched' ? soonMs : nowMs + lateMs;
    if (queue.dueMs <= dueMs) return;
    queue.cancelTimer?.();
    queue.dueMs = dueMs;
    queue.cancelTimer = clock.after(dueMs - nowMs, () => this.#flush(subject, queue));
  }

  /** Sends everything that waits. */
  flush(): void {
    for (const [subject, queue] of this.#queueBySubject) this.#flush(subject, queue);
  }

  #queueOf(subject: string): Queue {
    const known = this.#queueBySubject.get(subject);
    if (known) return known;
    this.#forgetIdle();
    const idle = { items: [], bytes: 0, dueMs: Infinity, cancelTimer: undefined };
    const queue = { ...idle, sentAtMs: -this.#options.windowMs };
    this.#queueBySubject.set(subject, queue);
    return queue;
  }

  #flush(subject: string, queue: Queue): void {
    queue.cancelTimer?.();
    queue.cancelTimer = undefined;
    queue.dueMs = Infinity;
    const { items } = queue;
    if (items.length === 0) return;
    queue.items = [];
    queue.bytes = 0;
    queue.sentAtMs = this.#options.clock.monotonic();
    this.#options.publish(subject, encodeBatch(items));
  }

  /** Inboxes of processes long gone must not pile up. */
  #forgetIdle(): void {
    const idleBeforeMs = this.#options.clock.monotonic() - IDLE_MS;
    for (const [subject, queue] of this.#queueBySubject) {
      if (queue.items.length === 0 && queue.sentAtMs < idleBeforeMs) {
        this.#queueBySubject.delete(subject);
      }
    }
  }
}
