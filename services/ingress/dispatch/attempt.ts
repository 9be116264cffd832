// One try of a request on its way through the rooms, as seen by its ingress: a reader for each room,
// frames in itinerary order. A room's answer counts only once every room before it has passed on
// all it had to tell, so a vault can never arrive after the answer that needs it.

import type { Urgency } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  Control,
  ControlMeta,
  Frame,
  LetterMeta,
  Room,
} from '../../../shared/protocol/messages.ts';
import type { Notes } from '../../../shared/annotations.ts';
import { FrameReader } from '../../../shared/pipeline/frames/reader.ts';

export interface WalkOptions {
  readonly meta: LetterMeta;
  readonly clock: Clock;
  readonly ackBytes: number;
  readonly tell: (address: string, control: Control, urgency: Urgency) => void;
  /** Gets what a room noted as it passed the letter on. */
  readonly note: (notes: Notes | undefined) => void;
  /** Gets head, chunk, end, error and vault frames; calls `consumed` when done with each. */
  readonly answer: (frame: Frame, consumed: () => void) => void;
}

interface Station {
  readonly from: string;
  readonly reader: FrameReader;
  /** Frames that came before the rooms in front had passed. */
  readonly early: Frame[];
}

export class Walk {
  readonly stages: Partial<Record<Room, number>> = {};
  readonly #options: WalkOptions;
  readonly #stations: (Station | undefined)[] = [];
  #hop = 0;
  #hopSinceMs: number;
  #heardMs: number;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#hopSinceMs = this.#heardMs = options.clock.monotonic();
  }

  get attempt(): number {
    return this.#options.meta.attempt;
  }

  /** The room whose word is awaited. */
  get room(): Room | undefined {
    return this.#options.meta.itinerary[this.#hop];
  }

  /** Milliseconds without a sign of life from that room. */
  silentMs(nowMs: number): number {
    return nowMs - this.#heardMs;
  }

  /** Milliseconds since that room's turn began. */
  waitedMs(nowMs: number): number {
    return nowMs - this.#hopSinceMs;
  }

  /** Starts the silence anew: while the bus was away nothing could be heard. */
  excuse(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  receive(frame: Frame, sender: string): void {
    const { hop, from } = frame.meta;
    if (this.#options.meta.itinerary[hop] !== sender) return;
    const station = (this.#stations[hop] ??= this.#station(hop, from));
    // A letter handed over twice may be worked on twice; the second worker is stopped.
    if (station.from !== from) return this.#tell(from, hop, 'cancel');
    if (hop === this.#hop) this.#heardMs = this.#options.clock.monotonic();
    station.reader.receive(frame);
  }

  /** Tells every room met to drop the request; for a finished one that frees what it still holds. */
  cancel(): void {
    for (const [hop, station] of this.#stations.entries()) {
      if (station) this.#tell(station.from, hop, 'cancel');
    }
  }

  #station(hop: number, from: string): Station {
    const early: Frame[] = [];
    const reader = new FrameReader({
      ackBytes: this.#options.ackBytes,
      tell: (kind, seq, urgency) => this.#tell(from, hop, kind, seq, urgency),
      deliver: (frame) => {
        if (hop > this.#hop) early.push(frame);
        else this.#deliver(frame, reader);
      },
    });
    return { from, reader, early };
  }

  #deliver(frame: Frame, reader: FrameReader): void {
    const { meta } = frame;
    if (meta.kind === 'accepted') reader.consumed(frame);
    else if (meta.kind === 'pass') {
      const room = this.room;
      if (room) this.stages[room] = meta.tookMs;
      this.#options.note(meta.notes);
      reader.consumed(frame, true);
      this.#advance();
    } else {
      const final = meta.kind === 'end' || meta.kind === 'error';
      this.#options.answer(frame, () => reader.consumed(frame, final));
    }
  }

  #advance(): void {
    this.#hop += 1;
    this.#hopSinceMs = this.#heardMs = this.#options.clock.monotonic();
    const station = this.#stations[this.#hop];
    for (const frame of station?.early.splice(0) ?? []) {
      // A pass among them advances further; what follows it belongs to no room.
      if (station) this.#deliver(frame, station.reader);
    }
  }

  #tell(
    address: string,
    hop: number,
    kind: ControlMeta['kind'],
    seq = -1,
    urgency: Urgency = 'now',
  ): void {
    const { id, attempt } = this.#options.meta;
    this.#options.tell(address, { meta: { kind, id, attempt, hop, seq } }, urgency);
  }
}
