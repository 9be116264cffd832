// Rejects calls for a while when several in a row have failed, then lets one through. Requests need not
// wait for an analyzer that is down, and one that is overloaded gets time.

import type { Clock } from '../../runtime/clock.ts';

const FAILURES_MAX = 5;
const PAUSE_MS = 2_000;

export class CircuitBreaker {
  readonly #clock: Pick<Clock, 'monotonic'>;
  #failures = 0;
  #pausedUntilMs = 0;
  #isProbing = false;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Runs a call unless the circuit is open. A call that its caller aborts says nothing. */
  async run<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    const isProbe = this.#failures >= FAILURES_MAX;
    if (isProbe && (this.#isProbing || this.#clock.monotonic() < this.#pausedUntilMs)) {
      throw new Error(`paused after ${this.#failures} failures in a row`);
    }
    if (isProbe) this.#isProbing = true;
    try {
      const result = await call();
      this.#failures = 0;
      return result;
    } catch (error) {
      if (!signal.aborted) this.#fail();
      throw error;
    } finally {
      if (isProbe) this.#isProbing = false;
    }
  }

  #fail(): void {
    this.#failures += 1;
    this.#pausedUntilMs = this.#clock.monotonic() + PAUSE_MS;
  }
}
