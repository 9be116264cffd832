// One attempt of a request, as its ingress sees it: a frame reader for each stage. Frames of a stage
// count only after every stage before it has passed, so no response can overtake the vault it needs.

import type { Flush } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  AskMeta,
  Control,
  Frame,
  FrameMeta,
  Envelope,
  PermitMeta,
  SequenceControl,
  ReceivedFrame,
  StageName,
} from '../../../shared/protocol/messages.ts';
import { versionMismatch } from '../../../shared/protocol/skew.ts';
import type { LlmpError } from '../../../shared/errors.ts';
import { FrameReader } from '../../../shared/pipeline/frames/reader.ts';

export interface AttemptOptions {
  readonly meta: Envelope;
  readonly clock: Clock;
  readonly ackBytes: number;
  readonly postControl: (address: string, control: Control, flush: Flush) => void;
  /** Called when a stage has passed the message on. */
  readonly passed: (pass: PassMeta) => void;
  /** Replies to a worker that asks for a call to an upstream; `undefined` stops it. */
  readonly permitCall: (ask: AskMeta) => Pick<PermitMeta, 'mayRepeat'> | undefined;
  /** Called for a frame of another version that this one cannot read. */
  readonly unreadable: (error: LlmpError) => void;
  /** Receives all frames but `accepted`, `pass`, `ask` and `heartbeat`; calls `consumed` when done with one. */
  readonly receive: (frame: Frame, consumed: () => void) => void;
}

/** The message that makes a worker hang, as its heartbeat thread says. */
export type BlockedBy = NonNullable<Extract<FrameMeta, { kind: 'heartbeat' }>['blockedBy']>;

/** Present in what the heartbeat thread sends for a worker that hangs. */
export function blockedByOf(meta: ReceivedFrame['meta']): BlockedBy | undefined {
  return meta.kind === 'heartbeat' ? meta.blockedBy : undefined;
}

type PassMeta = Extract<FrameMeta, { kind: 'pass' }>;

interface StageProgress {
  readonly from: string;
  readonly reader: FrameReader;
  /** Frames that arrived before the earlier stages had passed. */
  readonly early: Frame[];
}

export class Attempt {
  readonly stages: Partial<Record<StageName, number>> = {};
  readonly #options: AttemptOptions;
  readonly #progress: (StageProgress | undefined)[] = [];
  #position = 0;
  #positionSinceMs: number;
  #lastFrameMs: number;
  #blockedBy: BlockedBy | undefined;
  #isDelivered = false;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#positionSinceMs = this.#lastFrameMs = options.clock.monotonic();
  }

  get attempt(): number {
    return this.#options.meta.attempt;
  }

  /** The stage that the attempt waits for. */
  get stageName(): StageName | undefined {
    return this.#options.meta.routingSlip[this.#position];
  }

  /**
   * Whether a worker has the message. A stage passes it on only once the next one has accepted it, so
   * this can be false for the first stage alone.
   */
  get isAccepted(): boolean {
    return this.#isDelivered || this.#position > 0;
  }

  /** Whether a worker has been heard, even if nobody confirmed the delivery. */
  get isInWork(): boolean {
    return this.isAccepted || this.#progress.length > 0;
  }

  /** Position of the stage that the attempt waits for. */
  get position(): number {
    return this.#position;
  }

  /** Set while the worker that holds the message hangs. */
  get blockedBy(): BlockedBy | undefined {
    return this.#blockedBy;
  }

  /** Call when the first stage has accepted the message. */
  delivered(): void {
    this.#isDelivered = true;
  }

  /** Milliseconds since its last frame. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#lastFrameMs;
  }

  /** Milliseconds since its turn began. */
  waitedMs(nowMs: number): number {
    return nowMs - this.#positionSinceMs;
  }

  /** Counts silence from now on: nothing could be received while the bus was disconnected. */
  resetHeartbeat(nowMs: number): void {
    this.#lastFrameMs = nowMs;
  }

  receive({ meta, bytes }: ReceivedFrame, sender: string): void {
    const { position, from } = meta;
    if (this.#options.meta.routingSlip[position] !== sender) return;
    // At once: it may be one that its sender waits for.
    if (meta.kind === 'unreadable') {
      return this.#options.unreadable(versionMismatch(meta.sender, meta.reason));
    }
    const stage = (this.#progress[position] ??= this.#open(position, from));
    // A message delivered twice may be in two workers; the second one is stopped.
    if (stage.from !== from) return this.#postControl(from, position, 'cancel');
    if (position === this.#position) this.#heardFrom(meta);
    if (meta.kind === 'ask') this.#replyTo(meta, sender);
    else stage.reader.receive(bytes ? { meta, bytes } : { meta });
  }

  /** Every stage may ask whether it is still waited for; the upstream stage asks for each call. */
  #replyTo(ask: AskMeta, sender: string): void {
    const { id, attempt, position, lease, question, call, from } = ask;
    const permit = sender === 'upstream' ? this.#options.permitCall(ask) : { mayRepeat: false };
    if (!permit) return this.#postControl(from, position, 'cancel');
    const { mayRepeat } = permit;
    const answered = { id, attempt, position, lease, question, call };
    const meta = { kind: 'permit' as const, ...answered, mayRepeat };
    this.#options.postControl(from, { meta }, 'immediate');
  }

  /** Tells every worker of the attempt to drop the request; a finished one frees what it holds. */
  cancel(): void {
    for (const [position, stage] of this.#progress.entries()) {
      if (stage) this.#postControl(stage.from, position, 'cancel');
    }
  }

  #heardFrom(meta: FrameMeta): void {
    this.#lastFrameMs = this.#options.clock.monotonic();
    this.#blockedBy = blockedByOf(meta);
  }

  #open(position: number, from: string): StageProgress {
    const early: Frame[] = [];
    const reader = new FrameReader({
      ackBytes: this.#options.ackBytes,
      postControl: (kind, seq, flush) => this.#postControl(from, position, kind, seq, flush),
      deliver: (frame) => {
        if (position > this.#position) early.push(frame);
        else this.#deliver(frame, reader);
      },
    });
    return { from, reader, early };
  }

  #deliver(frame: Frame, reader: FrameReader): void {
    const { meta } = frame;
    if (meta.kind === 'accepted') reader.consumed(frame);
    else if (meta.kind === 'pass') {
      const stageName = this.stageName;
      if (stageName) this.stages[stageName] = meta.tookMs;
      this.#options.passed(meta);
      reader.consumed(frame, true);
      this.#advance();
    } else {
      const final = meta.kind === 'end' || meta.kind === 'error';
      this.#options.receive(frame, () => reader.consumed(frame, final));
    }
  }

  #advance(): void {
    this.#position += 1;
    this.#positionSinceMs = this.#lastFrameMs = this.#options.clock.monotonic();
    this.#blockedBy = undefined;
    const stage = this.#progress[this.#position];
    for (const frame of stage?.early.splice(0) ?? []) {
      // A pass among them advances further; frames behind it belong to no stage.
      if (stage) this.#deliver(frame, stage.reader);
    }
  }

  #postControl(
    address: string,
    position: number,
    kind: SequenceControl['kind'],
    seq = -1,
    flush: Flush = 'immediate',
  ): void {
    const { id, attempt } = this.#options.meta;
    this.#options.postControl(address, { meta: { kind, id, attempt, position, seq } }, flush);
  }
}
