// Finds where SSE events end in bytes that arrive in any cut. Lines end in LF, CRLF or CR and an
// empty line ends an event (WHATWG HTML, 9.2.5); bytes are never changed or decoded, and copied only
// where an event spans chunks, once however many they are.

const LF = 0x0a;
const CR = 0x0d;

export class EventSplitter {
  /** Chunks after the last event's end. */
  #parts: Uint8Array[] = [];
  #restBytes = 0;
  #lineIsEmpty = true;
  #lastEndWasLoneCr = false;
  /** The last byte so far is a CR that may be half of a CRLF. */
  #crWaits = false;

  /** Number of bytes after the last event's end. */
  get restBytes(): number {
    return this.#restBytes;
  }

  /** Bytes after the last event's end. */
  rest(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  /** Whole events, each with the empty line that ends it; their bytes adjoin in memory. */
  push(chunk: Uint8Array): Uint8Array[] {
    const ends = this.#endsIn(chunk);
    this.#parts.push(chunk);
    this.#restBytes += chunk.byteLength;
    if (ends.length === 0) return [];

    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts);
    const chunkStart = bytes.byteLength - chunk.byteLength;
    let start = 0;
    const events = ends.map((end) => bytes.subarray(start, (start = chunkStart + end)));
    this.#parts = start === bytes.byteLength ? [] : [bytes.subarray(start)];
    this.#restBytes = bytes.byteLength - start;
    return events;
  }

  /** No more bytes will come: gives the event whose end was still in doubt, if there is one. */
  end(): Uint8Array[] {
    if (!this.#crWaits || !this.#endLine(true)) return [];
    const event = this.rest();
    this.#parts = [];
    this.#restBytes = 0;
    return [event];
  }

  /** Offsets in this chunk at which events end. */
  #endsIn(chunk: Uint8Array): number[] {
    const ends: number[] = [];
    let at = 0;
    if (this.#crWaits && chunk.byteLength > 0) {
      this.#crWaits = false;
      if (chunk[0] === LF) at = 1;
      if (this.#endLine(at === 0)) ends.push(at);
    }
    // Nearly all streams have no other line ends than LF, and then the engine's own search finds them.
    if (!chunk.includes(CR, at)) {
      for (let next = chunk.indexOf(LF, at); next >= 0; next = chunk.indexOf(LF, at)) {
        if (next > at) this.#lineIsEmpty = false;
        at = next + 1;
        if (this.#endLine(false)) ends.push(at);
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
      // Only where the line before ended in a lone CR is it clear what this one is.
      if (byte === CR && isLast && !(this.#lineIsEmpty && this.#lastEndWasLoneCr)) {
        this.#crWaits = true;
        break;
      }
      const isCrLf = byte === CR && chunk[at + 1] === LF;
      at += isCrLf ? 2 : 1;
      if (this.#endLine(byte === CR && !isCrLf)) ends.push(at);
    }
    return ends;
  }

  /** Whether the line that ends here also ends an event. */
  #endLine(byLoneCr: boolean): boolean {
    const wasEmpty = this.#lineIsEmpty;
    this.#lineIsEmpty = true;
    this.#lastEndWasLoneCr = byLoneCr;
    return wasEmpty;
  }
}

const FIELD = 'event:';
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** The event's name: the value of its `event:` field, or `message` without one. */
export function eventName(event: Uint8Array): string {
  const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
  // Almost always at 0. Data may be megabytes and is not decoded for this.
  for (let at = bytes.indexOf(FIELD); at >= 0; at = bytes.indexOf(FIELD, at + 1)) {
    if (!beginsLine(bytes, at)) continue;
    const start = at + FIELD.length;
    let end = start;
    while (end < bytes.byteLength && bytes[end] !== LF && bytes[end] !== CR) end += 1;
    return bytes.toString('latin1', start, end).replace(/^ /, '') || 'message';
  }
  return 'message';
}

function beginsLine(bytes: Buffer, at: number): boolean {
  const before = bytes[at - 1];
  return before === undefined || before === LF || before === CR || isMark(bytes.subarray(0, at));
}

function isMark(start: Buffer): boolean {
  return (
    start.byteLength === BYTE_ORDER_MARK.length && start.toString('latin1') === BYTE_ORDER_MARK
  );
}
