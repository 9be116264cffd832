// The receiving end of one sender's frames: delivers each exactly once and in order, drops
// duplicates, asks again for what is missing, and acknowledges what its owner has consumed.

import type { Flush } from '../../bus/bus.ts';
import type { ControlMeta, Frame } from '../../protocol/messages.ts';

export interface FrameReaderOptions {
  /** Called for each frame but heartbeats, in order, without gaps. */
  readonly deliver: (frame: Frame) => void;
  /** Posts a control to the sender. */
  readonly tell: (kind: ControlMeta['kind'], seq: number, flush: Flush) => void;
  /** Consumed bytes after which an acknowledgement is sent without being asked for. */
  readonly ackBytes: number;
}

export class FrameReader {
  readonly #options: FrameReaderOptions;
  #seqNext = 0;
  #seqAsked = -1;
  #seqConsumed = -1;
  #consumedBytes = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  receive(frame: Frame): void {
    const { kind, seq } = frame.meta;
    if (kind === 'heartbeat') {
      // A heartbeat repairs whatever was lost: our request, our acknowledgement, or the sender's tail.
      if (seq >= this.#seqNext) this.#ask();
      else if (this.#seqConsumed >= 0) this.#acknowledge('lazy');
      return;
    }
    if (seq < this.#seqNext) return;
    if (seq > this.#seqNext) {
      if (this.#seqAsked !== this.#seqNext) this.#ask();
      return;
    }
    this.#seqNext += 1;
    this.#options.deliver(frame);
  }

  /** The owner is done with this frame; a `final` one is acknowledged, so the sender can forget. */
  consumed(frame: Frame, final = false): void {
    this.#seqConsumed = Math.max(this.#seqConsumed, frame.meta.seq);
    this.#consumedBytes += frame.bytes?.byteLength ?? 0;
    // A stream waits for credit, while a sender that is done only waits to forget.
    if (this.#consumedBytes >= this.#options.ackBytes) this.#acknowledge('batched');
    else if (final) this.#acknowledge('lazy');
  }

  #ask(): void {
    this.#seqAsked = this.#seqNext;
    this.#options.tell('resend', this.#seqNext, 'immediate');
  }

  #acknowledge(flush: Flush): void {
    this.#consumedBytes = 0;
    this.#options.tell('ack', this.#seqConsumed, flush);
  }
}
