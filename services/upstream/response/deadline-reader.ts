// Bounds the wait for an upstream: one deadline for the headers, another for each silence in the body.
// Only waiting for the upstream counts, so a client that reads slowly causes no timeout.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { UpstreamLimits } from '../../../shared/limits.ts';
import { polledOf, type PolledItems } from '../../../shared/runtime/polled.ts';
import { DeadlineChunks } from './deadline-chunks.ts';

export interface DeadlineReaderOptions extends Pick<
  UpstreamLimits,
  'headersTimeoutMs' | 'idleMs' | 'endMs'
> {
  readonly clock: Clock;
  /** The request's signal. */
  readonly signal: AbortSignal;
}

type Failure = 'upstream_unreachable' | 'upstream_disconnected';

/** Shared abort reason, because creating an error each time would cost a stack trace. */
const ABANDONED = new LlmpError('client_disconnected');

export class DeadlineReader {
  readonly #options: DeadlineReaderOptions;
  readonly #abort = new AbortController();
  #chunks: DeadlineChunks | undefined;
  /** Whether the body is complete by its protocol. */
  #isComplete = false;
  /** Whether a complete body was left open for too long. */
  #isLeftOpen = false;
  #cancelEnd = () => {};

  constructor(options: DeadlineReaderOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal.aborted) this.#abort.abort(signal.reason);
    signal.addEventListener('abort', () => this.#abort.abort(signal.reason), { once: true });
  }

  /** Calls the upstream; rejects with `upstream_timeout` if no headers arrive in time. */
  head<Result>(call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#within(this.#options.headersTimeoutMs, 'upstream_unreachable', () =>
      call(this.#abort.signal),
    );
  }

  /** Closes the connection of a response that is not read. */
  abandon(): void {
    this.#abort.abort(ABANDONED);
  }

  /**
   * Call when the body is complete by its protocol: it ends soon and without an error, whatever becomes
   * of its connection. Bytes that still arrive are part of it.
   */
  endSoon(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    const { clock, endMs } = this.#options;
    this.#cancelEnd = clock.after(endMs, () => {
      this.#isLeftOpen = true;
      this.#chunks?.wake();
    });
  }

  /** The body's chunks; throws `upstream_timeout` on silence, else `upstream_disconnected`. */
  chunks(body: AsyncIterable<Uint8Array>): PolledItems<Uint8Array> {
    const { clock, idleMs } = this.#options;
    return (this.#chunks = new DeadlineChunks(polledOf(body), {
      clock,
      idleMs,
      onSilence: () => this.#abort.abort(new LlmpError('upstream_timeout')),
      isLeftOpen: () => this.#isLeftOpen,
      isIgnored: () => this.#isComplete,
      errorOf: (thrown) => this.#errorOf(thrown, 'upstream_disconnected'),
      onEnd: () => {
        this.#cancelEnd();
        // Ends the exchange whether the body was read completely or not.
        this.abandon();
      },
    }));
  }

  #errorOf(thrown: unknown, failure: Failure): LlmpError {
    const { signal } = this.#abort;
    return LlmpError.from(signal.aborted ? signal.reason : thrown, failure);
  }

  async #within<Value>(
    deadlineMs: number,
    failure: Failure,
    wait: () => Promise<Value>,
  ): Promise<Value> {
    const cancelTimer = this.#options.clock.after(deadlineMs, () =>
      this.#abort.abort(new LlmpError('upstream_timeout')),
    );
    try {
      return await wait();
    } catch (thrown) {
      throw this.#errorOf(thrown, failure);
    } finally {
      cancelTimer();
    }
  }
}
