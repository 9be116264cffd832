// The port to what reads a body in one pass: the kernel, and its twin in plain TypeScript.

import type { BodyIndex, IndexBounds } from './body-index.ts';

export interface BodyScanner {
  /**
   * Indexes a JSON body in steps of about a millisecond. Scans of several bodies may take turns.
   * Bytes that are no UTF-8 count as U+FFFD.
   * @throws JsonSyntaxError if it is not JSON, JsonBoundError if it exceeds a bound
   */
  steps(bytes: Uint8Array, bounds: IndexBounds): Generator<void, BodyIndex>;
  /**
   * All candidates of a JSON string literal, in parts of bounded size, each valid until the next one. For
   * strings whose candidates an index left out.
   */
  candidates(literal: Uint8Array): Generator<Uint32Array, void>;
}
