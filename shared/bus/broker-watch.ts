// Whether the broker responds: a broker that stands still keeps its connections open, so the client itself
// would notice after minutes.

import type { Clock } from '../runtime/clock.ts';
import type { BusLimits } from '../limits.ts';

export interface BrokerWatchOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'every'>;
  readonly limits: Pick<BusLimits, 'probeMs' | 'silenceMs'>;
  /** Resolves when the broker has responded; rejects when the connection is lost. */
  readonly probe: () => Promise<void>;
  /** Called when the broker falls silent or is lost, and when it responds again. */
  readonly onChange: (responds: boolean) => void;
  /** Called once it has been away for `silenceMs`, and regularly from then on. */
  readonly onDown: () => void;
}

interface Waiting {
  readonly untilMs: number;
  readonly resolve: (isUp: boolean) => void;
}

export class BrokerWatch implements Disposable {
  readonly #options: BrokerWatchOptions;
  readonly #stop: () => void;
  #waiting: Waiting[] = [];
  #tickedMs: number;
  #probedMs: number | undefined;
  #lostMs: number | undefined;
  #isConnected = true;
  #responds = true;

  constructor(options: BrokerWatchOptions) {
    const { clock, limits } = options;
    this.#options = options;
    this.#tickedMs = clock.monotonic();
    this.#stop = clock.every(limits.probeMs, () => this.#tick());
  }

  /** Whether messages pass: there is a connection, and the broker responds. */
  get responds(): boolean {
    return this.#responds;
  }

  /** Tells the state of the connection. */
  connected(isConnected: boolean): void {
    this.#isConnected = isConnected;
    this.#probedMs = undefined;
    this.#lostMs = isConnected ? undefined : this.#options.clock.monotonic();
    this.#set(isConnected);
  }

  /**
   * Resolves to true while the broker responds, and to false once it has been away for `silenceMs`, but not
   * before `waitMs` are over.
   */
  whenUp(waitMs: number): Promise<boolean> {
    if (this.#responds) return Promise.resolve(true);
    const nowMs = this.#options.clock.monotonic();
    const untilMs = Math.max(nowMs + waitMs, this.#downMs());
    if (untilMs <= nowMs) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push({ untilMs, resolve }));
  }

  /** Call for what the broker has sent. */
  heard(): void {
    if (this.#probedMs !== undefined) this.#probedMs = this.#options.clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#settle(false, Infinity);
  }

  /** Since when a broker that does not respond is down: one that fell silent has been so for a while. */
  #downMs(): number {
    return this.#lostMs === undefined ? -Infinity : this.#lostMs + this.#options.limits.silenceMs;
  }

  #tick(): void {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    // A late tick means that this process stood still, and what has arrived is still unread.
    const isLate = nowMs - this.#tickedMs > 2 * limits.probeMs;
    this.#tickedMs = nowMs;
    if (this.#isConnected) {
      if (this.#probedMs === undefined) this.#probe(nowMs);
      else if (isLate) this.#probedMs = nowMs;
      else if (nowMs - this.#probedMs >= limits.silenceMs) this.#set(false);
    }
    if (this.#responds) return;
    this.#settle(false, nowMs);
    if (this.#downMs() <= nowMs) this.#options.onDown();
  }

  #probe(nowMs: number): void {
    this.#probedMs = nowMs;
    this.#options.probe().then(
      () => {
        this.#probedMs = undefined;
        if (this.#isConnected) this.#set(true);
      },
      // The client reports the lost connection.
      () => (this.#probedMs = undefined),
    );
  }

  #set(responds: boolean): void {
    if (this.#responds === responds) return;
    this.#responds = responds;
    this.#options.onChange(responds);
    if (responds) this.#settle(true, Infinity);
  }

  #settle(isUp: boolean, nowMs: number): void {
    const due = this.#waiting.filter(({ untilMs }) => untilMs <= nowMs);
    this.#waiting = this.#waiting.filter(({ untilMs }) => untilMs > nowMs);
    for (const { resolve } of due) resolve(isUp);
  }
}
