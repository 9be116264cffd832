// Finds where SSE events end in bytes that arrive in any cut. Lines end in LF, CRLF or CR and an
// empty line ends an event (WHATWG HTML, 9.2.5); bytes are never changed, decoded or copied twice.

const LF = 0x0a;
const CR = 0x0d;

export class EventSplitter {
  #rest: Uint8Array<ArrayBufferLike> = new Uint8Array();
  /** How far `#rest` was searched, and what the search knew there. */
  #searched = 0;
  #lineIsEmpty = true;
  #lastEndWasCrLf = false;

  /** Bytes after the last event's end. */
  get rest(): Uint8Array {
    return this.#rest;
  }

  /** Whole events, each with the empty line that ends it; their bytes adjoin in memory. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const events: Uint8Array[] = [];
    let start = 0;
    let at = this.#searched;
    while (at < bytes.byteLength) {
      const byte = bytes[at];
      if (byte !== LF && byte !== CR) {
        this.#lineIsEmpty = false;
        at += 1;
        continue;
      }
      const isLast = at + 1 === bytes.byteLength;
      // A CR at the very end may be half of a CRLF: wait, where this stream writes CRLF.
      if (byte === CR && isLast && (this.#lastEndWasCrLf || !this.#lineIsEmpty)) break;
      const isCrLf = byte === CR && bytes[at + 1] === LF;
      at += isCrLf ? 2 : 1;
      this.#lastEndWasCrLf = isCrLf;
      if (this.#lineIsEmpty) {
        events.push(bytes.subarray(start, at));
        start = at;
      }
      this.#lineIsEmpty = true;
    }
    this.#rest = bytes.subarray(start);
    this.#searched = at - start;
    return events;
  }
}

const EVENT_FIELD = /^event: ?(.*)$/m;

/** The event's name: the value of its `event:` field, or `message` without one. */
export function eventName(event: Uint8Array): string {
  // The field stands in the first lines; data may be megabytes and is not decoded for this.
  const start = Buffer.from(event.buffer, event.byteOffset, Math.min(event.byteLength, 256));
  return EVENT_FIELD.exec(start.toString('latin1').replaceAll('\r', '\n'))?.[1] ?? 'message';
}
