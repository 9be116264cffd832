// Batches messages per inbox. The first message leaves with all others of its turn, those that follow within
// the window as one batch: a quiet stream has no delay, and busy streams cost one publish per window.

import type { Clock } from '../runtime/clock.ts';
import type { Message } from '../protocol/messages.ts';
import { encodeBatch, itemSize } from '../protocol/batch.ts';
import type { Flush } from './bus.ts';

/** A larger batch is sent at once; far below the broker's maximum. */
const BATCH_BYTES = 256 * 1024;

/** Idle time after which the queue of an inbox is removed. */
const IDLE_MS = 60_000;

interface Queue {
  items: Message[];
  bytes: number;
  /** Whether the messages leave at the end of this turn, with those that are still to come. */
  isLeaving: boolean;
  /** Start of the window: what has to leave at once begins none. */
  sentAtMs: number;
  usedAtMs: number;
  /** When to send the waiting messages; Infinity if there are none. */
  dueMs: number;
  cancelTimer: (() => void) | undefined;
}

export interface MessageBatcherOptions {
  readonly clock: Clock;
  readonly batchWindowMs: number;
  readonly lazyWindowMs: number;
  /** Calls `encode` at the end of the turn. */
  readonly publish: (subject: string, encode: () => Uint8Array) => void;
}

export class MessageBatcher {
  readonly #options: MessageBatcherOptions;
  readonly #queueBySubject = new Map<string, Queue>();

  constructor(options: MessageBatcherOptions) {
    this.#options = options;
  }

  add(subject: string, item: Message, flush: Flush): void {
    const { clock, batchWindowMs, lazyWindowMs } = this.#options;
    const queue = this.#queueOf(subject);
    queue.items.push(item);
    queue.bytes += itemSize(item);
    const isFull = queue.bytes >= BATCH_BYTES;
    if (flush === 'immediate' || isFull) this.#leave(subject, queue);
    if (isFull) startBatch(queue);
    if (queue.isLeaving || isFull) return;
    const nowMs = clock.monotonic();
    const windowEndMs = queue.sentAtMs + batchWindowMs;
    if (flush === 'batched' && windowEndMs <= nowMs) return this.#leaveWindow(subject, queue);
    const dueMs = flush === 'batched' ? windowEndMs : nowMs + lazyWindowMs;
    if (queue.dueMs <= dueMs) return;
    queue.cancelTimer?.();
    queue.dueMs = dueMs;
    queue.cancelTimer = clock.after(dueMs - nowMs, () => this.#leaveWindow(subject, queue));
  }

  /** Sends all waiting messages. */
  flush(): void {
    for (const [subject, queue] of this.#queueBySubject) this.#leave(subject, queue);
  }

  #queueOf(subject: string): Queue {
    const known = this.#queueBySubject.get(subject);
    if (known) return known;
    this.#removeIdle();
    const nothing = { items: [], bytes: 0, isLeaving: false };
    const idle = { ...nothing, dueMs: Infinity, cancelTimer: undefined, usedAtMs: -Infinity };
    const queue = { ...idle, sentAtMs: -this.#options.batchWindowMs };
    this.#queueBySubject.set(subject, queue);
    return queue;
  }

  #leaveWindow(subject: string, queue: Queue): void {
    queue.sentAtMs = this.#options.clock.monotonic();
    this.#leave(subject, queue);
  }

  #leave(subject: string, queue: Queue): void {
    queue.cancelTimer?.();
    queue.cancelTimer = undefined;
    queue.dueMs = Infinity;
    const { items } = queue;
    if (items.length === 0 || queue.isLeaving) return;
    queue.isLeaving = true;
    queue.usedAtMs = this.#options.clock.monotonic();
    this.#options.publish(subject, () => {
      if (queue.items === items) startBatch(queue);
      return encodeBatch(items);
    });
  }

  /** Keeps queues for inboxes of exited processes from accumulating. */
  #removeIdle(): void {
    const idleBeforeMs = this.#options.clock.monotonic() - IDLE_MS;
    for (const [subject, queue] of this.#queueBySubject) {
      if (queue.items.length === 0 && queue.usedAtMs < idleBeforeMs) {
        this.#queueBySubject.delete(subject);
      }
    }
  }
}

function startBatch(queue: Queue): void {
  queue.items = [];
  queue.bytes = 0;
  queue.isLeaving = false;
}
