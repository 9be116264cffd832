// Lets the event loop breathe during long work: others' requests, heartbeats and cancels are served
// in between, and a request whose client has left is not worked on to its end.

import type { Clock } from './clock.ts';

export class TimeSlice {
  readonly #clock: Clock;
  readonly #periodMs: number;
  /** Of the request the work is for. */
  readonly signal: AbortSignal;
  #lastMs: number;

  constructor(clock: Clock, periodMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.signal = signal;
    this.#lastMs = clock.monotonic();
  }

  isDue(): boolean {
    return this.#clock.monotonic() - this.#lastMs >= this.#periodMs;
  }

  /** Rejects with the signal's reason when the work is not wanted any more. */
  async take(): Promise<void> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.signal.throwIfAborted();
    this.#lastMs = this.#clock.monotonic();
  }
}
