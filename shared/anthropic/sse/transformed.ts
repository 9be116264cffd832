// The chunks of a response as its pipeline sends them.

import { ENDED, PENDING, polledOf, PolledItems } from '../../runtime/polled.ts';
import type { TimeSlice } from '../../runtime/time-slice.ts';
import { NO_BYTES, type Passed, type ResponsePipeline } from './response-transform.ts';

/** How a worker's chunks carry bytes. */
export interface ChunkFormat<Chunk> {
  readonly bytesOf: (chunk: Chunk) => Uint8Array;
  readonly chunkOf: (bytes: Uint8Array) => Chunk;
}

/** Sends `chunks` through the pipeline; each chunk it yields is whole events. */
export function transformed<Chunk>(
  chunks: AsyncIterable<Chunk>,
  pipeline: ResponsePipeline,
  format: ChunkFormat<Chunk>,
  timeSlice: TimeSlice,
): PolledItems<Chunk> {
  return new TransformedChunks(polledOf(chunks), pipeline, format, timeSlice);
}

class TransformedChunks<Chunk> extends PolledItems<Chunk> {
  readonly #source: PolledItems<Chunk>;
  readonly #pipeline: ResponsePipeline;
  readonly #format: ChunkFormat<Chunk>;
  readonly #timeSlice: TimeSlice;
  /** Work that is not done. */
  #steps: Generator<void, Uint8Array> | undefined;
  /** Calls its argument when the work may go on, in a later turn of the event loop. */
  #whenDue: ((wake: () => void) => void) | undefined;
  #sourceEnded = false;
  /** No more bytes come from the pipeline. */
  #isOver = false;
  #isClosed = false;

  constructor(
    source: PolledItems<Chunk>,
    pipeline: ResponsePipeline,
    format: ChunkFormat<Chunk>,
    timeSlice: TimeSlice,
  ) {
    super();
    this.#source = source;
    this.#pipeline = pipeline;
    this.#format = format;
    this.#timeSlice = timeSlice;
  }

  override poll(): Chunk | typeof PENDING | typeof ENDED {
    while (!this.#isOver) {
      const bytes = this.#advance();
      if (bytes === undefined) return PENDING;
      if (bytes.byteLength > 0) return this.#format.chunkOf(bytes);
    }
    if (this.#isClosed) return ENDED;
    this.#isClosed = true;
    this.#pipeline.close();
    if (this.#pipeline.failure) throw this.#pipeline.failure.error;
    return ENDED;
  }

  override whenReady(wake: () => void): void {
    const whenDue = this.#whenDue;
    this.#whenDue = undefined;
    if (whenDue) whenDue(wake);
    else this.#source.whenReady(wake);
  }

  override async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isOver = this.#isClosed = true;
    try {
      await this.#source.close();
    } finally {
      this.#pipeline.close();
    }
  }

  /** The next bytes, perhaps none; `undefined` if there is something to wait for. */
  #advance(): Uint8Array | undefined {
    const pipeline = this.#pipeline;
    try {
      const bytes = this.#steps ? this.#resume(this.#steps) : this.#next();
      if (bytes === undefined) return undefined;
      this.#isOver = this.#sourceEnded || pipeline.failure !== undefined;
      // This ends the call to the upstream.
      if (pipeline.failure && !this.#sourceEnded) this.#source.close().catch(() => {});
      return bytes;
    } catch (error) {
      this.#isOver = true;
      return pipeline.failure ? NO_BYTES : pipeline.breakOff(error);
    }
  }

  #next(): Uint8Array | undefined {
    // Before the work, so that the next worker gets the parsed events in this turn.
    if (this.#timeSlice.isTurnOver()) return this.#wait((wake) => this.#timeSlice.nextTurn(wake));
    const chunk = this.#source.poll();
    if (chunk === PENDING) return undefined;
    this.#sourceEnded = chunk === ENDED;
    const passed =
      chunk === ENDED
        ? this.#pipeline.endSteps()
        : this.#pipeline.pushSteps(this.#format.bytesOf(chunk));
    return this.#passed(passed);
  }

  #passed(passed: Passed): Uint8Array | undefined {
    return passed instanceof Uint8Array ? passed : this.#finish((this.#steps = passed));
  }

  #resume(steps: Generator<void, Uint8Array>): Uint8Array | undefined {
    this.#timeSlice.signal.throwIfAborted();
    return this.#finish(steps);
  }

  /** The next worker gets the parsed events in the turn of the last step. */
  #finish(steps: Generator<void, Uint8Array>): Uint8Array | undefined {
    for (;;) {
      const step = steps.next();
      if (step.done) {
        this.#steps = undefined;
        return step.value;
      }
      if (this.#timeSlice.isDue()) {
        const turn = this.#timeSlice.take();
        return this.#wait((wake) => void turn.then(wake, wake));
      }
    }
  }

  #wait(whenDue: (wake: () => void) => void): undefined {
    this.#whenDue = whenDue;
  }
}
