// One try of a request on its way through the workers, as seen by its ingress: a reader for each worker,
// frames in routing slip order. A worker's answer counts only once every worker before it has passed on
// all it had to tell, so a vault can never arrive after the answer that needs it.

import type { Flush } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  Control,
  ControlMeta,
  Frame,
  Envelope,
  StageName,
} from '../../../shared/protocol/messages.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import { FrameReader } from '../../../shared/pipeline/frames/reader.ts';

export interface AttemptOptions {
  readonly meta: Envelope;
  readonly clock: Clock;
  readonly ackBytes: number;
  readonly tell: (address: string, control: Control, flush: Flush) => void;
  /** Gets what a worker noted as it passed the message on. */
  readonly note: (annotations: Annotations | undefined) => void;
  /** Gets head, chunk, end, error and vault frames; calls `consumed` when done with each. */
  readonly answer: (frame: Frame, consumed: () => void) => void;
}

interface Station {
  readonly from: string;
  readonly reader: FrameReader;
  /** Frames that came before the workers in front had passed. */
  readonly early: Frame[];
}

export class Attempt {
  readonly stages: Partial<Record<StageName, number>> = {};
  readonly #options: AttemptOptions;
  readonly #stations: (Station | undefined)[] = [];
  #position = 0;
  #positionSinceMs: number;
  #heardMs: number;

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#positionSinceMs = this.#heardMs = options.clock.monotonic();
  }

  get attempt(): number {
    return this.#options.meta.attempt;
  }

  /** The worker whose word is awaited. */
  get stageName(): StageName | undefined {
    return this.#options.meta.routingSlip[this.#position];
  }

  /** Milliseconds without a sign of life from that worker. */
  silentForMs(nowMs: number): number {
    return nowMs - this.#heardMs;
  }

  /** Milliseconds since that worker's turn began. */
  waitedMs(nowMs: number): number {
    return nowMs - this.#positionSinceMs;
  }

  /** Starts the silence anew: while the bus was away nothing could be heard. */
  resetHeartbeat(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  receive(frame: Frame, sender: string): void {
    const { position, from } = frame.meta;
    if (this.#options.meta.routingSlip[position] !== sender) return;
    const station = (this.#stations[position] ??= this.#station(position, from));
    // A message handed over twice may be worked on twice; the second worker is stopped.
    if (station.from !== from) return this.#tell(from, position, 'cancel');
    if (position === this.#position) this.#heardMs = this.#options.clock.monotonic();
    station.reader.receive(frame);
  }

  /** Tells every worker met to drop the request; for a finished one that frees what it still holds. */
  cancel(): void {
    for (const [position, station] of this.#stations.entries()) {
      if (station) this.#tell(station.from, position, 'cancel');
    }
  }

  #station(position: number, from: string): Station {
    const early: Frame[] = [];
    const reader = new FrameReader({
      ackBytes: this.#options.ackBytes,
      tell: (kind, seq, flush) => this.#tell(from, position, kind, seq, flush),
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
      this.#options.note(meta.annotations);
      reader.consumed(frame, true);
      this.#advance();
    } else {
      const final = meta.kind === 'end' || meta.kind === 'error';
      this.#options.answer(frame, () => reader.consumed(frame, final));
    }
  }

  #advance(): void {
    this.#position += 1;
    this.#positionSinceMs = this.#heardMs = this.#options.clock.monotonic();
    const station = this.#stations[this.#position];
    for (const frame of station?.early.splice(0) ?? []) {
      // A pass among them advances further; what follows it belongs to no worker.
      if (station) this.#deliver(frame, station.reader);
    }
  }

  #tell(
    address: string,
    position: number,
    kind: ControlMeta['kind'],
    seq = -1,
    flush: Flush = 'immediate',
  ): void {
    const { id, attempt } = this.#options.meta;
    this.#options.tell(address, { meta: { kind, id, attempt, position, seq } }, flush);
  }
}
