// The chunks of an upstream's body, as long as none is waited for in vain.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { ENDED, PENDING, PolledItems } from '../../../shared/runtime/polled.ts';

export interface DeadlineChunksOptions {
  readonly clock: Clock;
  /** The longest wait for a chunk. */
  readonly idleMs: number;
  /** Called after it; the body then fails. */
  readonly onSilence: () => void;
  /** Whether the body is over, though its connection is open. */
  readonly isLeftOpen: () => boolean;
  /** Whether its errors no longer matter. */
  readonly isIgnored: () => boolean;
  readonly errorOf: (thrown: unknown) => unknown;
  /** Called once, when nothing more is read. */
  readonly onEnd: () => void;
}

export class DeadlineChunks extends PolledItems<Uint8Array> {
  readonly #body: PolledItems<Uint8Array>;
  readonly #options: DeadlineChunksOptions;
  /** Since when a chunk is waited for; `undefined` while the reader is busy. */
  #waitsSinceMs: number | undefined;
  /** Kept over many chunks: setting a timer for each would cost more than reading it. */
  #cancelTimer: (() => void) | undefined;
  #wake: (() => void) | undefined;
  readonly #wakeReader = () => this.wake();
  #isOver = false;

  constructor(body: PolledItems<Uint8Array>, options: DeadlineChunksOptions) {
    super();
    this.#body = body;
    this.#options = options;
  }

  override poll(): Uint8Array | typeof PENDING | typeof ENDED {
    if (this.#isOver) return ENDED;
    const { isLeftOpen, isIgnored, errorOf } = this.#options;
    if (isLeftOpen()) return this.#leave();
    try {
      const chunk = this.#body.poll();
      if (chunk === ENDED) this.#leave();
      else if (chunk === PENDING) this.#waitsSinceMs ??= this.#options.clock.monotonic();
      else this.#waitsSinceMs = undefined;
      return chunk;
    } catch (thrown) {
      const error = errorOf(thrown);
      if (isIgnored()) return this.#leave();
      this.#leave();
      throw error;
    }
  }

  override whenReady(wake: () => void): void {
    this.#wake = wake;
    this.#cancelTimer ??= this.#after(this.#options.idleMs);
    this.#body.whenReady(this.#wakeReader);
  }

  /** Calls the reader that waits. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  override async close(): Promise<void> {
    if (this.#isOver) return;
    this.#end();
    await this.#body.close();
  }

  #leave(): typeof ENDED {
    this.#end();
    // It has ended for its reader, whatever becomes of its connection.
    this.#body.close().catch(() => {});
    return ENDED;
  }

  #end(): void {
    this.#isOver = true;
    this.#cancelTimer?.();
    this.#options.onEnd();
  }

  #after(delayMs: number): () => void {
    return this.#options.clock.after(delayMs, () => this.#check());
  }

  #check(): void {
    const { clock, idleMs, onSilence } = this.#options;
    this.#cancelTimer = undefined;
    if (this.#waitsSinceMs === undefined) return;
    const leftMs = this.#waitsSinceMs + idleMs - clock.monotonic();
    if (leftMs > 0) this.#cancelTimer = this.#after(leftMs);
    else onSilence();
  }
}
