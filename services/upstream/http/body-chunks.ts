// The chunks of an HTTP response's body. What nobody takes stays on the connection.

import type { Readable } from 'node:stream';
import { ENDED, PENDING, PolledItems } from '../../../shared/runtime/polled.ts';

export class BodyChunks extends PolledItems<Uint8Array> {
  readonly #body: Readable;
  readonly #chunks: Uint8Array[] = [];
  #isReading = false;
  #end: { readonly error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(body: Readable) {
    super();
    this.#body = body;
    body.once('end', () => this.#finish({}));
    body.on('error', (error) => this.#finish({ error }));
    body.once('close', () => this.#finish({ error: new Error('the connection was closed') }));
  }

  override poll(): Uint8Array | typeof PENDING | typeof ENDED {
    const chunk = this.#chunks.shift();
    if (chunk) return chunk;
    if (this.#end && 'error' in this.#end) throw this.#end.error;
    if (this.#end) return ENDED;
    if (!this.#isReading) {
      this.#isReading = true;
      this.#body.on('data', (next: Uint8Array) => this.#add(next));
    } else if (this.#body.isPaused()) this.#body.resume();
    return PENDING;
  }

  override whenReady(wake: () => void): void {
    this.#wake = wake;
  }

  /** Closes the connection unless the body was read to its end. */
  override close(): Promise<void> {
    this.#body.destroy();
    return Promise.resolve();
  }

  #add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wakeReader();
    if (this.#chunks.length > 0) this.#body.pause();
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.#body.removeAllListeners('data');
    // What arrived before an error is still in the stream, unless it was read.
    const rest: Uint8Array | null = this.#body.read();
    if (rest) this.#chunks.push(rest);
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
