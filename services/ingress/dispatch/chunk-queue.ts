// Queues stream chunks between the bus and the client. A chunk counts as consumed, which returns
// credit to its sender, once the reader asks for the next one.

import type { LlmpError } from '../../../shared/errors.ts';
import { ENDED, PENDING, PolledItems } from '../../../shared/runtime/polled.ts';

export interface Chunk {
  readonly bytes: Uint8Array;
  /** The chunk ends inside an SSE event, so no event may be inserted after it. */
  readonly more: boolean;
}

export class ChunkQueue extends PolledItems<Chunk> {
  readonly #queue: { chunk: Chunk; consumed: () => void }[] = [];
  #ending: { error?: LlmpError } | undefined;
  /** Call it once the reader asks for more. */
  #consumed: (() => void) | undefined;
  #wake: (() => void) | undefined;

  push(chunk: Chunk, consumed: () => void): void {
    if (this.#ending) return;
    this.#queue.push({ chunk, consumed });
    this.#wakeReader();
  }

  /** Ends the iteration after the queued chunks. */
  end(): void {
    this.#ending ??= {};
    this.#wakeReader();
  }

  /** Throws `error` after the queued chunks. */
  fail(error: LlmpError): void {
    this.#ending ??= { error };
    this.#wakeReader();
  }

  override poll(): Chunk | typeof PENDING | typeof ENDED {
    const consumed = this.#consumed;
    this.#consumed = undefined;
    consumed?.();
    const next = this.#queue.shift();
    if (next) {
      this.#consumed = next.consumed;
      return next.chunk;
    }
    if (!this.#ending) return PENDING;
    const { error } = this.#ending;
    this.#ending = {};
    if (error) throw error;
    return ENDED;
  }

  override whenReady(wake: () => void): void {
    this.#wake = wake;
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
