// Whether the event loop of this process turns, as its heartbeat thread sees it.

import type { PipelineLimits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';

/**
 * - `turning`: the event loop sends heartbeats itself.
 * - `blocked`: it is busy; the thread sends them.
 * - `hanging`: blocked for longer than any work should take.
 */
export type LoopState = 'turning' | 'blocked' | 'hanging';

export interface LoopWatchOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<PipelineLimits, 'heartbeatMs' | 'blockedMaxMs'>;
}

export class LoopWatch {
  readonly #options: LoopWatchOptions;
  #turns = -1;
  #tickedMs: number;
  #blockedMs = 0;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
    this.#tickedMs = options.clock.monotonic();
  }

  get blockedMs(): number {
    return this.#blockedMs;
  }

  /** Call every heartbeat. @param turns changes when the event loop turns */
  tick(turns: number): LoopState {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    // While the whole process stood still, the event loop could not turn either.
    const elapsedMs = Math.min(nowMs - this.#tickedMs, 2 * limits.heartbeatMs);
    this.#tickedMs = nowMs;
    this.#blockedMs = turns === this.#turns ? this.#blockedMs + elapsedMs : 0;
    this.#turns = turns;
    // The event loop and the thread tick at different moments of the same period.
    if (this.#blockedMs < 2 * limits.heartbeatMs) return 'turning';
    return this.#blockedMs < limits.blockedMaxMs ? 'blocked' : 'hanging';
  }
}
