// Splits a byte stream into SSE events: lines end in LF, CRLF or CR, and an empty line ends an event
// (WHATWG HTML, 9.2.5). Bytes are not decoded, and copied at most once.

const LF = 0x0a;
const CR = 0x0d;

export class EventSplitter {
  /** Chunks since the last complete event. */
  #chunks: Uint8Array[] = [];
  #restBytes = 0;
  #lineIsEmpty = true;
  /** No line of the event had characters so far. */
  #eventIsEmpty = true;
  #lastEndWasLoneCr = false;
  /** The last byte was a CR, which may be the first half of a CRLF. */
  #crPending = false;

  /** Number of bytes since the last complete event. */
  get restBytes(): number {
    return this.#restBytes;
  }

  /** Whether the next byte begins an event, whatever it is. */
  get isBetweenEvents(): boolean {
    const isAtStart = this.#restBytes === 0 && this.#lineIsEmpty && this.#eventIsEmpty;
    return isAtStart && !this.#crPending && !this.#lastEndWasLoneCr;
  }

  /** Bytes since the last complete event. */
  rest(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /**
   * Returns complete events, each with its final empty line, as adjacent views of one buffer. Further
   * empty lines go with what follows: as events of their own, a megabyte of them would take seconds.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const ends = this.#endsIn(chunk);
    const endsEmpty = this.#eventIsEmpty && this.#lineIsEmpty && !this.#crPending;
    if (endsEmpty && (ends.at(-1) ?? 0) < chunk.byteLength) ends.push(chunk.byteLength);
    this.#chunks.push(chunk);
    this.#restBytes += chunk.byteLength;
    if (ends.length === 0) return [];

    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const chunkStart = bytes.byteLength - chunk.byteLength;
    let start = 0;
    const events = ends.map((end) => bytes.subarray(start, (start = chunkStart + end)));
    this.#chunks = start === bytes.byteLength ? [] : [bytes.subarray(start)];
    this.#restBytes = bytes.byteLength - start;
    return events;
  }

  /** Ends the input. Returns the last event if a final CR completes it. */
  end(): Uint8Array[] {
    if (!this.#crPending || !this.#lineIsEmpty) return [];
    const event = this.rest();
    this.#chunks = [];
    this.#restBytes = 0;
    return [event];
  }

  /** Offsets of event ends in this chunk. */
  #endsIn(chunk: Uint8Array): number[] {
    const ends: number[] = [];
    let at = 0;
    if (this.#crPending && chunk.byteLength > 0) {
      this.#crPending = false;
      if (chunk[0] === LF) at = 1;
      if (this.#endLine(at === 0)) ends.push(at);
    }
    // Fast path: nearly all streams only use LF.
    if (!chunk.includes(CR, at)) {
      for (let next = chunk.indexOf(LF, at); next >= 0; next = chunk.indexOf(LF, at)) {
        if (next > at) this.#lineIsEmpty = false;
        at = next + 1;
        if (this.#endLine(false)) ends.push(at);
        // Searching for each of a megabyte of empty lines would take long.
        while (chunk[at] === LF) {
          at += 1;
          if (this.#endLine(false)) ends.push(at);
        }
      }
      if (at < chunk.byteLength) this.#lineIsEmpty = false;
      return ends;
    }
    while (at < chunk.byteLength) {
      const byte = chunk[at];
      if (byte !== LF && byte !== CR) {
        this.#lineIsEmpty = false;
        at += 1;
        continue;
      }
      const isLast = at + 1 === chunk.byteLength;
      // An earlier lone CR means that the stream uses CR line ends, so this one is complete.
      if (byte === CR && isLast && !(this.#lineIsEmpty && this.#lastEndWasLoneCr)) {
        this.#crPending = true;
        break;
      }
      const isCrLf = byte === CR && chunk[at + 1] === LF;
      at += isCrLf ? 2 : 1;
      if (this.#endLine(byte === CR && !isCrLf)) ends.push(at);
    }
    return ends;
  }

  /** Records a line end. @returns whether it also ends an event */
  #endLine(byLoneCr: boolean): boolean {
    const endsEvent = this.#lineIsEmpty && !this.#eventIsEmpty;
    this.#eventIsEmpty = this.#lineIsEmpty;
    this.#lineIsEmpty = true;
    this.#lastEndWasLoneCr = byLoneCr;
    return endsEvent;
  }
}

const FIELD = 'event:';
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** The value of the event's `event:` field, or `message`. */
export function eventName(event: Uint8Array): string {
  const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
  // Almost always at 0. Avoids decoding data, which may be megabytes.
  for (let at = bytes.indexOf(FIELD); at >= 0; at = bytes.indexOf(FIELD, at + 1)) {
    if (!isLineStart(bytes, at)) continue;
    const start = at + FIELD.length;
    let end = start;
    while (end < bytes.byteLength && bytes[end] !== LF && bytes[end] !== CR) end += 1;
    return bytes.toString('latin1', start, end).replace(/^ /, '') || 'message';
  }
  return 'message';
}

function isLineStart(bytes: Buffer, at: number): boolean {
  const before = bytes[at - 1];
  return (
    before === undefined || before === LF || before === CR || isByteOrderMark(bytes.subarray(0, at))
  );
}

function isByteOrderMark(start: Buffer): boolean {
  return (
    start.byteLength === BYTE_ORDER_MARK.length && start.toString('latin1') === BYTE_ORDER_MARK
  );
}
