// Asks the ingress before anything that costs money. A permit is used soon after its question, so that none
// outlives the attempt it was given for, however late its message, its question or its answer arrives.

import type { Clock } from '../runtime/clock.ts';
import { LlmpError } from '../errors.ts';
import type { PipelineLimits } from '../limits.ts';
import type { AskMeta, PermitMeta } from '../protocol/messages.ts';
import type { CallPermits } from '../protocol/stage.ts';
import { randomText } from '../runtime/ids.ts';

export interface TaskPermitsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<PipelineLimits, 'permitMs'>;
  readonly signal: AbortSignal;
  /** When the request has no time left, on the monotonic clock. */
  readonly untilMs: number;
  readonly ask: (question: Pick<AskMeta, 'lease' | 'question' | 'call'>) => void;
}

/** The last permit received. */
interface Permit {
  readonly call: number;
  readonly untilMs: number;
  readonly mayRepeat: boolean;
}

interface Waiter extends PromiseWithResolvers<void> {
  /** The highest call that is waited for. */
  call: number;
}

export class TaskPermits implements CallPermits {
  readonly #options: TaskPermitsOptions;
  /** Named with the first question: most tasks ask none. */
  #lease: string | undefined;
  readonly #askedMsByQuestion = new Map<number, number>();
  #question = 0;
  #permit: Permit = { call: -1, untilMs: -Infinity, mayRepeat: true };
  #waiter: Waiter | undefined;
  /** Calls before the last one whose outcome is unknown. */
  #unknown = 0;
  #isOpen = false;

  constructor(options: TaskPermitsOptions) {
    this.#options = options;
  }

  /** Calls whose outcome is unknown. */
  get unknownCalls(): number {
    return this.#unknown + (this.#isOpen ? 1 : 0);
  }

  get mayRepeat(): boolean {
    return !this.#isOpen || this.#permit.mayRepeat;
  }

  /** Resolves while the ingress waits for this attempt. */
  confirm(): Promise<void> {
    return this.#obtain(0);
  }

  askAhead(): void {
    // A failure concerns whoever waits for the permit.
    this.ready().catch(() => {});
  }

  ready(): Promise<void> {
    return this.#obtain(this.unknownCalls + 1);
  }

  async next(): Promise<void> {
    await this.ready();
    this.#unknown = this.unknownCalls;
    this.#isOpen = true;
  }

  settled(): void {
    this.#isOpen = false;
  }

  /** Asks again if there is no answer; call it at every heartbeat. */
  repeat(): void {
    if (this.#waiter && !this.#options.signal.aborted) this.#ask(this.#waiter.call);
  }

  receive({ lease, question, call, mayRepeat }: PermitMeta): void {
    const { clock, limits } = this.#options;
    const askedMs = this.#askedMsByQuestion.get(question);
    if (lease !== this.#lease || askedMs === undefined) return;
    const untilMs = askedMs + limits.permitMs;
    // Late: the ingress may have given up the attempt meanwhile. The next question tells.
    if (clock.monotonic() >= untilMs || call < this.#permit.call) return;
    this.#permit = { call, untilMs, mayRepeat };
    this.#askedMsByQuestion.clear();
    this.#waiter?.resolve();
    this.#waiter = undefined;
  }

  async #obtain(call: number): Promise<void> {
    const { clock, signal, untilMs } = this.#options;
    while (!this.#holds(call)) {
      signal.throwIfAborted();
      if (clock.monotonic() >= untilMs) throw new LlmpError('deadline_exceeded');
      const waiter = (this.#waiter ??= this.#newWaiter());
      if (waiter.call < call) {
        waiter.call = call;
        this.#ask(call);
      }
      await waiter.promise;
    }
    signal.throwIfAborted();
  }

  #newWaiter(): Waiter {
    const { signal } = this.#options;
    if (this.#lease === undefined) {
      signal.addEventListener('abort', () => this.#waiter?.reject(signal.reason), { once: true });
    }
    return { call: -1, ...Promise.withResolvers<void>() };
  }

  #holds(call: number): boolean {
    return call <= this.#permit.call && this.#options.clock.monotonic() < this.#permit.untilMs;
  }

  #ask(call: number): void {
    const { clock, limits, ask } = this.#options;
    const nowMs = clock.monotonic();
    const lease = (this.#lease ??= randomText(12));
    for (const [question, askedMs] of this.#askedMsByQuestion) {
      if (nowMs - askedMs < limits.permitMs) break;
      this.#askedMsByQuestion.delete(question);
    }
    this.#question += 1;
    this.#askedMsByQuestion.set(this.#question, nowMs);
    ask({ lease, question: this.#question, call });
  }
}
