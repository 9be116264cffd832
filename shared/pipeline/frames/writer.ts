// The sending end of an answer: numbers frames, keeps each until the ingress has consumed it, sends
// again what was lost, and makes its caller wait while a slow client owes acknowledgements.
// Credit, resend and end-of-life are one mechanism: the ring of unacknowledged frames.

import type { Flush } from '../../bus/bus.ts';
import type { Control, Frame, FrameMeta, Envelope } from '../../protocol/messages.ts';
import type { LlmpError } from '../../errors.ts';
import type { TokenUsage } from '../../metering/token-usage.ts';
import type { Annotations } from '../../annotations.ts';
import type { Head } from '../../protocol/stage.ts';

/** Frames stay well under the smallest common broker message maximum of 1 MB. */
const CHUNK_BYTES = 128 * 1024;

type Sequence = Pick<FrameMeta, 'id' | 'attempt' | 'position' | 'from'>;

export interface FrameWriterOptions {
  readonly meta: Envelope;
  /** Our own inbox, where acknowledgements come. */
  readonly from: string;
  readonly post: (frame: Frame, flush: Flush) => void;
  /** Unacknowledged bytes above which `chunk` waits. */
  readonly creditBytes: number;
}

export class FrameWriter {
  readonly #options: FrameWriterOptions;
  readonly #sequence: Sequence;
  readonly #ring: Frame[] = [];
  #seqLast = -1;
  #owedBytes = 0;
  #finished = false;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(options: FrameWriterOptions) {
    this.#options = options;
    const { id, attempt, position } = options.meta;
    this.#sequence = { id, attempt, position, from: options.from };
  }

  /** True when nothing is left to send or to send again. */
  get settled(): boolean {
    return this.#closed || (this.#finished && this.#ring.length === 0);
  }

  /**
   * Tells who holds the message. The last worker may hold it for minutes and must be found when the
   * client leaves; from the others the word comes along with the next one, a moment later.
   */
  accepted(): void {
    const { position, routingSlip } = this.#options.meta;
    const isLast = position === routingSlip.length - 1;
    this.#send({ kind: 'accepted', ...this.#next() }, isLast ? 'batched' : 'lazy');
  }

  /** In pieces as a chunk is, but without waiting: the worker in front has nothing else to send. */
  vault(fact: Uint8Array): void {
    for (const [chunk, more] of chunksOf(fact)) {
      this.#send({ kind: 'vault', ...this.#next(), more }, 'batched', chunk);
    }
  }

  pass(tookMs: number, annotations?: Annotations): void {
    this.#finish({
      kind: 'pass',
      ...this.#next(),
      tookMs,
      ...(annotations ? { annotations } : {}),
    });
  }

  /** Leaves at once where a client is about to watch a stream; else the body may come along. */
  head({ status, headers }: Head, isStream: boolean): void {
    const flush = isStream ? 'immediate' : 'batched';
    this.#send({ kind: 'head', ...this.#next(), status, headers: [...headers] }, flush);
  }

  /** Sends bytes that end at an event boundary; resolves when the client has worker for more. */
  async chunk(bytes: Uint8Array): Promise<void> {
    for (const [chunk, more] of chunksOf(bytes)) {
      this.#send({ kind: 'chunk', ...this.#next(), more }, 'batched', chunk);
      while (this.#owedBytes >= this.#options.creditBytes && !this.#closed) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  end(tookMs: number, annotations: Annotations, usage?: TokenUsage): void {
    const paid = usage ? { usage } : {};
    this.#finish({ kind: 'end', ...this.#next(), tookMs, annotations, ...paid });
  }

  error(error: LlmpError): void {
    const { code, message, details, annotations, usage } = error;
    this.#finish({
      kind: 'error',
      ...this.#next(),
      code,
      message,
      ...(isEmpty(details) ? {} : { details }),
      ...(isEmpty(annotations) ? {} : { annotations }),
      ...(usage ? { usage } : {}),
    });
  }

  /** Says that the sender lives and up to where it has sent, so that a lost tail is noticed. */
  heartbeat(): void {
    this.#options.post(
      { meta: { kind: 'heartbeat', ...this.#sequence, seq: this.#seqLast } },
      'batched',
    );
  }

  control({ meta }: Control): void {
    if (meta.kind === 'ack') this.#acknowledge(meta.seq);
    else if (meta.kind === 'resend') {
      for (const frame of this.#ring) {
        if (frame.meta.seq >= meta.seq) this.#options.post(frame, 'batched');
      }
    } else this.close();
  }

  /** Forgets all; a waiting `chunk` resolves and later frames go nowhere. */
  close(): void {
    this.#closed = true;
    this.#ring.length = 0;
    this.#wake?.();
  }

  #acknowledge(seq: number): void {
    let consumed = 0;
    for (const frame of this.#ring) {
      if (frame.meta.seq > seq) break;
      this.#owedBytes -= frame.bytes?.byteLength ?? 0;
      consumed += 1;
    }
    this.#ring.splice(0, consumed);
    if (this.#owedBytes < this.#options.creditBytes) this.#wake?.();
  }

  #next(): Sequence & { seq: number } {
    return { ...this.#sequence, seq: this.#seqLast + 1 };
  }

  #finish(meta: FrameMeta): void {
    if (this.#finished) return;
    this.#send(meta, 'immediate');
    this.#finished = true;
  }

  #send(meta: FrameMeta, flush: Flush, bytes?: Uint8Array): void {
    if (this.#closed || this.#finished) return;
    const frame: Frame = bytes ? { meta, bytes } : { meta };
    this.#seqLast = meta.seq;
    this.#owedBytes += bytes?.byteLength ?? 0;
    this.#ring.push(frame);
    this.#options.post(frame, flush);
  }
}

/** Pieces that fit into a message, each with whether more follow. */
function* chunksOf(bytes: Uint8Array): Generator<readonly [Uint8Array, boolean]> {
  for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
    const end = start + CHUNK_BYTES;
    yield [bytes.subarray(start, end), end < bytes.byteLength];
  }
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
