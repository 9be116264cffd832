// What has arrived of a response in one attempt: a stream is passed on as it comes, any other response is
// kept until it is complete.

import type { Annotations } from '../../../shared/annotations.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { isEventStream } from '../../../shared/runtime/raw-headers.ts';
import type { TokenUsage } from '../../../shared/token-usage.ts';
import { ChunkQueue } from './chunk-queue.ts';

export class PartialResponse {
  readonly #limits: Pick<PipelineLimits, 'responseBytesMax'>;
  readonly #isStreamed: (head: Head) => boolean;
  #head: Head | undefined;
  #chunks: ChunkQueue | undefined;
  readonly #buffered: Uint8Array[] = [];
  #size = 0;
  #annotations: Annotations = {};
  #usage: TokenUsage | undefined;

  /** @param isStreamed whether a response is passed on as it comes */
  constructor(
    limits: Pick<PipelineLimits, 'responseBytesMax'>,
    isStreamed: (head: Head) => boolean = ({ headers }) => isEventStream(headers),
  ) {
    this.#limits = limits;
    this.#isStreamed = isStreamed;
  }

  get head(): Head | undefined {
    return this.#head;
  }

  /** Present once a stream has begun, of which the client may have seen a part. */
  get chunks(): ChunkQueue | undefined {
    return this.#chunks;
  }

  /** Bytes of the body so far. */
  get size(): number {
    return this.#size;
  }

  /** Of all workers. */
  get annotations(): Annotations {
    return this.#annotations;
  }

  get usage(): TokenUsage | undefined {
    return this.#usage;
  }

  /** The body of a response that is not a stream. */
  get body(): Uint8Array {
    return concatBytes(this.#buffered);
  }

  /** @returns the chunks to come, for a stream */
  begin(head: Head): ChunkQueue | undefined {
    this.#head = head;
    return this.#isStreamed(head) ? (this.#chunks = new ChunkQueue()) : undefined;
  }

  /** @throws `upstream_disconnected` for a response that is too large to be kept */
  add(bytes: Uint8Array, more: boolean, consumed: () => void): void {
    this.#size += bytes.byteLength;
    if (this.#chunks) return this.#chunks.push({ bytes, more }, consumed);
    if (this.#size > this.#limits.responseBytesMax) {
      throw new LlmpError('upstream_disconnected', 'The response is larger than allowed.');
    }
    this.#buffered.push(bytes);
    consumed();
  }

  annotate(annotations: Annotations | undefined): void {
    if (annotations) this.#annotations = { ...this.#annotations, ...annotations };
  }

  /** Notes what a worker said at the end. */
  end({ annotations, usage }: { annotations?: Annotations; usage?: TokenUsage }): void {
    this.annotate(annotations);
    this.#usage = usage;
  }
}
