import type { Clock } from './clock.ts';

/** Yields to the event loop during long synchronous work, and stops it when its request is aborted. */
export class TimeSlice {
  readonly #clock: Clock;
  readonly #periodMs: number;
  /** Signal of the request. */
  readonly signal: AbortSignal;
  readonly #turn: Turn;
  #lastMs: number;

  constructor(clock: Clock, periodMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#periodMs = periodMs;
    this.signal = signal;
    this.#turn = turnOf(clock);
    this.#lastMs = clock.monotonic();
  }

  /** One for work that may be stopped by itself. */
  withSignal(signal: AbortSignal): TimeSlice {
    return new TimeSlice(this.#clock, this.#periodMs, signal);
  }

  isDue(): boolean {
    return this.#clock.monotonic() - this.#lastMs >= this.#periodMs;
  }

  /**
   * Whether works that ask have used up the period of this turn of the event loop together. Unlike `isDue` it
   * lets many short works share a turn.
   */
  isTurnOver(): boolean {
    return this.#turn.lastsMs() >= this.#periodMs;
  }

  /** Call when the turn is over. Calls `resume` in the next one. */
  nextTurn(resume: () => void): void {
    waitingWorks += 1;
    this.#turn.waiting.push(resume);
  }

  /** Yields to the event loop. @throws the signal's reason if the request was aborted */
  async take(): Promise<void> {
    await nextTurn();
    this.signal.throwIfAborted();
    this.#lastMs = this.#clock.monotonic();
  }

  /** Runs work that yields in small steps to its end. @throws as `take` */
  async run<Result>(steps: Generator<void, Result>): Promise<Result> {
    for (;;) {
      const step = steps.next();
      // Also after the last step: the next work may begin with a long one.
      if (this.isDue()) await this.take();
      if (step.done) return step.value;
    }
  }
}

/** A turn of the event loop, from the first work in it that asks how long it lasts. */
class Turn {
  readonly #clock: Clock;
  #startedMs: number | undefined;
  /** Works for the next turn. */
  readonly waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  lastsMs(): number {
    const nowMs = this.#clock.monotonic();
    if (this.#startedMs === undefined) {
      this.#startedMs = nowMs;
      setImmediate(() => this.#end());
    }
    return nowMs - this.#startedMs;
  }

  #end(): void {
    this.#startedMs = undefined;
    for (const resume of this.waiting.splice(0)) {
      waitingWorks -= 1;
      resume();
    }
  }
}

let waitingWorks = 0;

/** Whether works wait for the next turn, as this one is over. */
export function hasWaitingWork(): boolean {
  return waitingWorks > 0;
}

const turns = new WeakMap<Clock, Turn>();

function turnOf(clock: Clock): Turn {
  const known = turns.get(clock) ?? new Turn(clock);
  turns.set(clock, known);
  return known;
}

/** Work that waits for its turn, first come first served. */
const waiting: (() => void)[] = [];

/** One slice in each turn of the event loop, however much work waits: other events wait for one at most. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(resumeFirst);
  });
}

function resumeFirst(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(resumeFirst);
}
