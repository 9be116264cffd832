// The port to what reads a body in one pass: the kernel, and its twin in plain TypeScript.

import type { BodyIndex, IndexBounds } from './body-index.ts';
import type { ScanProgram } from './program.ts';

export interface BodyScanner {
  /** What it searches for. */
  readonly program: ScanProgram;
  /**
   * Indexes a JSON body in steps of about a millisecond. Scans of several bodies may take turns.
   * Bytes that are no UTF-8 count as U+FFFD.
   * @throws JsonSyntaxError if it is not JSON, JsonBoundError if it exceeds a bound
   */
  steps(bytes: Uint8Array, bounds: IndexBounds): Generator<void, BodyIndex>;
  /**
   * All candidates of a text, in parts by position. For texts that are in no body, and for strings of which
   * an index left them out. Searches may take turns.
   */
  search(text: string): Generator<Uint32Array, void>;
}
