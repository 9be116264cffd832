// Queues stream chunks between the bus and the client. A chunk counts as consumed, which returns
// credit to its sender, once the reader asks for the next one.

import type { LlmpError } from '../../../shared/errors.ts';

export interface Chunk {
  readonly bytes: Uint8Array;
  /** The chunk ends inside an SSE event, so no event may be inserted after it. */
  readonly more: boolean;
}

export class ChunkQueue implements AsyncIterable<Chunk> {
  readonly #queue: { chunk: Chunk; consumed: () => void }[] = [];
  #ending: { error?: LlmpError } | undefined;
  #wake: (() => void) | undefined;

  push(chunk: Chunk, consumed: () => void): void {
    if (this.#ending) return;
    this.#queue.push({ chunk, consumed });
    this.#wake?.();
  }

  /** Ends the iteration after the queued chunks. */
  end(): void {
    this.#ending ??= {};
    this.#wake?.();
  }

  /** Throws `error` after the queued chunks. */
  fail(error: LlmpError): void {
    this.#ending ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    while (true) {
      const next = this.#queue.shift();
      if (next) {
        yield next.chunk;
        next.consumed();
      } else if (this.#ending) {
        if (this.#ending.error) throw this.#ending.error;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
}
