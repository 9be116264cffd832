// Waits for an upstream, but not for ever: one deadline until the head, another for each silence in
// the body. Only time spent waiting for the upstream counts; a client that reads slowly does not
// make its upstream look dead.

import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Limits } from '../../shared/limits.ts';

export interface DeadlineReaderOptions extends Pick<
  Limits,
  'upstreamHeadersTimeoutMs' | 'upstreamIdleMs'
> {
  readonly clock: Clock;
  /** The request's own signal. */
  readonly signal: AbortSignal;
}

/** Ends an exchange that nobody waits for; making a reason each time would cost a stack trace. */
const OVER = new LlmpError('client_disconnected');

export class DeadlineReader {
  readonly #options: DeadlineReaderOptions;
  readonly #abort = new AbortController();

  constructor(options: DeadlineReaderOptions) {
    this.#options = options;
    const { signal } = options;
    if (signal.aborted) this.#abort.abort(signal.reason);
    signal.addEventListener('abort', () => this.#abort.abort(signal.reason), { once: true });
  }

  /** Calls the upstream; rejects with `upstream_timeout` when no head comes in time. */
  head<Reply>(call: (signal: AbortSignal) => Promise<Reply>): Promise<Reply> {
    return this.#within(this.#options.upstreamHeadersTimeoutMs, 'upstream_unreachable', () =>
      call(this.#abort.signal),
    );
  }

  /** The body's chunks; throws `upstream_timeout` after too long a silence, else `upstream_disconnected`. */
  async *chunks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      while (true) {
        const next = await this.#within(this.#options.upstreamIdleMs, 'upstream_disconnected', () =>
          iterator.next(),
        );
        if (next.done) return;
        yield next.value;
      }
    } finally {
      // Ends the exchange whether the body was read to its end or left in the middle.
      this.#abort.abort(OVER);
      await iterator.return?.();
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
