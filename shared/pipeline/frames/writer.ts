// The sending end of a stage's frames: numbers them, keeps each until the ingress has consumed it,
// resends lost ones, and makes its caller wait for acknowledgements of a slow client.

import type { Flush } from '../../bus/bus.ts';
import type {
  AskMeta,
  Envelope,
  Frame,
  FrameMeta,
  ReportKind,
  SequenceControl,
} from '../../protocol/messages.ts';
import type { LlmpError } from '../../errors.ts';
import type { TokenUsage } from '../../token-usage.ts';
import type { Annotations } from '../../annotations.ts';
import type { Head } from '../../protocol/stage.ts';

/** What a response has cost, also if it broke off. */
export interface Paid {
  readonly annotations?: Annotations;
  readonly usage?: TokenUsage;
  /** Calls to upstreams whose outcome is unknown. */
  readonly unknownCalls?: number;
}

/** Frames stay well below a broker's usual maximum of 1 MB per message. */
const CHUNK_BYTES = 128 * 1024;

type Sequence = Pick<FrameMeta, 'id' | 'attempt' | 'position' | 'from'>;

export interface FrameWriterOptions {
  readonly meta: Envelope;
  /** Inbox of the worker, to which acknowledgements go. */
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
  #unacknowledgedBytes = 0;
  #finished = false;
  #closed = false;
  /** Whether a frame has been sent since the last heartbeat was due. */
  #wasHeard = false;
  #wake: (() => void) | undefined;
  /** The ingress relays a response that is no stream once it is complete. */
  #chunkFlush: Flush = 'batched';

  constructor(options: FrameWriterOptions) {
    this.#options = options;
    const { id, attempt, position } = options.meta;
    this.#sequence = { id, attempt, position, from: options.from };
  }

  /** Whether nothing is left to send or resend. */
  get settled(): boolean {
    return this.#closed || (this.#finished && this.#ring.length === 0);
  }

  /**
   * Tells the ingress who holds the message. The last worker may hold it for minutes and must be
   * known when the client leaves; frames of the others follow soon.
   */
  accepted(): void {
    const { position, routingSlip } = this.#options.meta;
    const isLast = position === routingSlip.length - 1;
    this.#send({ kind: 'accepted', ...this.#next() }, isLast ? 'batched' : 'lazy');
  }

  /**
   * Sends a report for the ingress alone, which needs it once the message was passed on. Unlike `chunk` it does
   * not wait for acknowledgements.
   */
  report(kind: ReportKind, bytes: Uint8Array): void {
    for (const [chunk, more] of chunksOf(bytes)) {
      this.#send({ kind, ...this.#next(), more }, 'lazy', chunk);
    }
  }

  pass(tookMs: number, bodySize: number, annotations?: Annotations): void {
    this.#finish({
      kind: 'pass',
      ...this.#next(),
      tookMs,
      bodySize,
      ...(annotations ? { annotations } : {}),
    });
  }

  /** Leaves at once for a stream; otherwise together with the body. */
  head({ status, headers }: Head, isStream: boolean): void {
    const flush = isStream ? 'immediate' : 'lazy';
    this.#chunkFlush = isStream ? 'batched' : 'lazy';
    this.#send({ kind: 'head', ...this.#next(), status, headers: [...headers] }, flush);
  }

  /** Sends bytes that end at an event boundary. Returns what to await before more, if the client cannot take it. */
  chunk(bytes: Uint8Array): Promise<void> | undefined {
    const isSmall = bytes.byteLength > 0 && bytes.byteLength <= CHUNK_BYTES;
    if (!isSmall) return this.#parts(bytes);
    const { id, attempt, position, from } = this.#sequence;
    const seq = this.#seqLast + 1;
    const meta = { kind: 'chunk' as const, id, attempt, position, from, seq, more: false };
    this.#send(meta, this.#chunkFlush, bytes);
    return this.#hasCredit ? undefined : this.#credit();
  }

  async #parts(bytes: Uint8Array): Promise<void> {
    for (const [chunk, more] of chunksOf(bytes)) {
      this.#send({ kind: 'chunk', ...this.#next(), more }, this.#chunkFlush, chunk);
      await this.#credit();
    }
  }

  get #hasCredit(): boolean {
    return this.#unacknowledgedBytes < this.#options.creditBytes || this.#closed;
  }

  async #credit(): Promise<void> {
    while (!this.#hasCredit) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  end(tookMs: number, { annotations = {}, usage, unknownCalls }: Paid = {}): void {
    this.#finish({
      kind: 'end',
      ...this.#next(),
      tookMs,
      annotations,
      ...(usage ? { usage } : {}),
      ...(unknownCalls ? { unknownCalls } : {}),
    });
  }

  error(error: LlmpError, paid: Paid = {}): void {
    const { code, message, details } = error;
    const annotations = { ...paid.annotations, ...error.annotations };
    const { usage = paid.usage } = error;
    this.#finish({
      kind: 'error',
      ...this.#next(),
      code,
      message,
      ...(isEmpty(details) ? {} : { details }),
      ...(isEmpty(annotations) ? {} : { annotations }),
      ...(usage ? { usage } : {}),
      ...(paid.unknownCalls ? { unknownCalls: paid.unknownCalls } : {}),
    });
  }

  /** Asks the ingress for a permit; the sender repeats questions that get no answer. */
  ask(question: Pick<AskMeta, 'lease' | 'question' | 'call'>): void {
    if (this.#closed || this.#finished) return;
    const meta = { kind: 'ask' as const, ...this.#sequence, seq: this.#seqLast, ...question };
    this.#options.post({ meta }, 'immediate');
  }

  /**
   * Tells the ingress that the worker is alive, and the last `seq`, so that it notices lost frames. Call it at
   * every heartbeat: one that follows a frame says nothing new, and is left out.
   */
  heartbeat(): void {
    const wasHeard = this.#wasHeard;
    this.#wasHeard = false;
    if (wasHeard) return;
    this.#options.post(
      { meta: { kind: 'heartbeat', ...this.#sequence, seq: this.#seqLast } },
      'batched',
    );
  }

  control(meta: SequenceControl): void {
    if (meta.kind === 'ack') this.#acknowledge(meta.seq);
    else if (meta.kind === 'resend') {
      for (const frame of this.#ring) {
        if (frame.meta.seq >= meta.seq) this.#options.post(frame, 'batched');
      }
    } else this.close();
  }

  /** Drops everything; a waiting `chunk` resolves and later frames are discarded. */
  close(): void {
    this.#closed = true;
    this.#ring.length = 0;
    this.#wake?.();
  }

  #acknowledge(seq: number): void {
    let consumed = 0;
    for (const frame of this.#ring) {
      if (frame.meta.seq > seq) break;
      this.#unacknowledgedBytes -= frame.bytes?.byteLength ?? 0;
      consumed += 1;
    }
    this.#ring.splice(0, consumed);
    if (this.#unacknowledgedBytes < this.#options.creditBytes) this.#wake?.();
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
    this.#unacknowledgedBytes += bytes?.byteLength ?? 0;
    this.#ring.push(frame);
    this.#wasHeard = true;
    this.#options.post(frame, flush);
  }
}

/** Chunks that fit into a message, each with whether more follow; the bytes themselves if they fit. */
function* chunksOf(bytes: Uint8Array): Generator<readonly [Uint8Array, boolean]> {
  if (bytes.byteLength > 0 && bytes.byteLength <= CHUNK_BYTES) return yield [bytes, false];
  for (let start = 0; start < bytes.byteLength; start += CHUNK_BYTES) {
    const end = start + CHUNK_BYTES;
    yield [bytes.subarray(start, end), end < bytes.byteLength];
  }
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}
