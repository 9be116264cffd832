// The receiving end of one sender's frames: delivers each exactly once and in order, requests missing
// ones again, and acknowledges those that its owner has consumed.

import type { Flush } from '../../bus/bus.ts';
import type { Frame, SequenceControl } from '../../protocol/messages.ts';

export interface FrameReaderOptions {
  /** Called for each frame except heartbeats, in order and without gaps. */
  readonly deliver: (frame: Frame) => void;
  /** Posts a control to the sender. */
  readonly postControl: (kind: SequenceControl['kind'], seq: number, flush: Flush) => void;
  /** Consumed bytes after which an acknowledgement is sent. */
  readonly ackBytes: number;
}

export class FrameReader {
  readonly #options: FrameReaderOptions;
  #seqNext = 0;
  #seqRequested = -1;
  #seqConsumed = -1;
  #consumedBytes = 0;

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  receive(frame: Frame): void {
    const { kind, seq } = frame.meta;
    if (kind === 'heartbeat') {
      // Repairs what was lost: our resend request, our acknowledgement, or the sender's last frames.
      if (seq >= this.#seqNext) this.#requestResend();
      else if (this.#seqConsumed >= 0) this.#acknowledge('lazy');
      return;
    }
    if (seq < this.#seqNext) return;
    if (seq > this.#seqNext) {
      if (this.#seqRequested !== this.#seqNext) this.#requestResend();
      return;
    }
    this.#seqNext += 1;
    this.#options.deliver(frame);
  }

  /** Call when done with a frame; a `final` one is acknowledged, so that the sender can drop it. */
  consumed(frame: Frame, final = false): void {
    this.#seqConsumed = Math.max(this.#seqConsumed, frame.meta.seq);
    this.#consumedBytes += frame.bytes?.byteLength ?? 0;
    // A stream waits for credit; a finished sender only for permission to drop its frames.
    if (this.#consumedBytes >= this.#options.ackBytes) this.#acknowledge('batched');
    else if (final) this.#acknowledge('lazy');
  }

  #requestResend(): void {
    this.#seqRequested = this.#seqNext;
    this.#options.postControl('resend', this.#seqNext, 'immediate');
  }

  #acknowledge(flush: Flush): void {
    this.#consumedBytes = 0;
    this.#options.postControl('ack', this.#seqConsumed, flush);
  }
}
