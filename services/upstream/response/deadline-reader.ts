// Bounds the wait for an upstream: one deadline for the headers, another for each silence in the body.
// Only waiting for the upstream counts, so a client that reads slowly causes no timeout.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { UpstreamLimits } from '../../../shared/limits.ts';

export interface DeadlineReaderOptions extends Pick<
  UpstreamLimits,
  'headersTimeoutMs' | 'idleMs' | 'endMs'
> {
  readonly clock: Clock;
  /** The request's signal. */
  readonly signal: AbortSignal;
}

/** Shared abort reason, because creating an error each time would cost a stack trace. */
const ABANDONED = new LlmpError('client_disconnected');

export class DeadlineReader {
  readonly #options: DeadlineReaderOptions;
  readonly #abort = new AbortController();
  /** Resolves when a complete body was left open for too long. */
  #leftOpen: Promise<undefined> | undefined;
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
    this.#leftOpen ??= new Promise((resolve) => {
      const { clock, endMs } = this.#options;
      this.#cancelEnd = clock.after(endMs, () => resolve(undefined));
    });
  }

  /** Yields the body's chunks; throws `upstream_timeout` on silence, else `upstream_disconnected`. */
  async *chunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]();
    let isLeftOpen = false;
    try {
      while (true) {
        const next = await this.#within(
          this.#options.idleMs,
          'upstream_disconnected',
          // A race for every chunk would pile up on the same promise.
          () =>
            this.#leftOpen ? Promise.race([iterator.next(), this.#leftOpen]) : iterator.next(),
        );
        isLeftOpen = next === undefined;
        if (!next || next.done) return;
        yield next.value;
      }
    } catch (error) {
      if (!this.#leftOpen) throw error;
    } finally {
      this.#cancelEnd();
      // Ends the exchange whether the body was read completely or not.
      this.abandon();
      const closed = Promise.resolve(iterator.return?.());
      if (isLeftOpen) closed.catch(() => {});
      else await closed;
    }
  }

  async #within<Value>(
    deadlineMs: number,
    failure: 'upstream_unreachable' | 'upstream_disconnected',
    wait: () => Promise<Value>,
  ): Promise<Value> {
    const cancelTimer = this.#options.clock.after(deadlineMs, () =>
      this.#abort.abort(new LlmpError('upstream_timeout')),
    );
    try {
      return await wait();
    } catch (thrown) {
      const { signal } = this.#abort;
      throw LlmpError.from(signal.aborted ? signal.reason : thrown, failure);
    } finally {
      cancelTimer();
    }
  }
}
