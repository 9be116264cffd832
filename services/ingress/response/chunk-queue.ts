// Pieces of a stream between the bus that brings them and the client that reads them. A piece counts
// as consumed when its reader comes back for more, which is what gives the sender credit again.

import type { LlmpError } from '../../../shared/errors.ts';

export interface Chunk {
  readonly bytes: Uint8Array;
  /** The piece ends inside an SSE event: nothing of ours may be put behind it. */
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

  /** The pieces pushed so far are still read, then the iteration ends. */
  end(): void {
    this.#ending ??= {};
    this.#wake?.();
  }

  /** The pieces pushed so far are still read, then the iteration throws `error`. */
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
