// Sources of a response's events: the bytes of a stream, split anywhere, or a buffered response as a single
// event.

import { LlmpError } from '../../errors.ts';
import { concatBytes } from '../../runtime/bytes.ts';
import { hasWaitingWork } from '../../runtime/time-slice.ts';
import { EventSplitter } from './event-splitter.ts';
import { SseEvent } from './sse-event.ts';

export interface EventSource {
  /** Takes the next bytes and returns the events that they complete. */
  push(bytes: Uint8Array): readonly SseEvent[];
  /** Call when the bytes end. Returns what is left. */
  end(): readonly SseEvent[];
  /** Why no more bytes may be pushed, if so. */
  readonly error: LlmpError | undefined;
}

export class StreamSource implements EventSource {
  readonly #splitter = new EventSplitter();
  readonly #eventBytesMax: number;

  /** @param eventBytesMax upper bound of an incomplete event; unlimited by default */
  constructor(eventBytesMax = Infinity) {
    this.#eventBytesMax = eventBytesMax;
  }

  push(bytes: Uint8Array): readonly SseEvent[] {
    const known = this.#splitter.restBytes === 0 ? eventsByBytes.get(bytes) : undefined;
    if (known) return known;
    const delta = this.#splitter.isBetweenEvents ? SseEvent.ofDelta(bytes) : undefined;
    return delta ? [delta] : this.#splitter.push(bytes).map((event) => new SseEvent(event));
  }

  end(): readonly SseEvent[] {
    const events = this.#splitter.end().map((event) => new SseEvent(event));
    const isPartial = this.#splitter.restBytes > 0;
    return isPartial ? [...events, new SseEvent(this.#splitter.rest(), 'rest')] : events;
  }

  get error(): LlmpError | undefined {
    return this.#splitter.restBytes > this.#eventBytesMax
      ? new LlmpError('upstream_disconnected', 'The upstream sent an event larger than allowed.')
      : undefined;
  }
}

export class BufferedSource implements EventSource {
  readonly #bytesMax: number;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** @param bytesMax upper bound of the response; unlimited by default */
  constructor(bytesMax = Infinity) {
    this.#bytesMax = bytesMax;
  }

  push(bytes: Uint8Array): readonly SseEvent[] {
    this.#chunks.push(bytes);
    this.#size += bytes.byteLength;
    return [];
  }

  end(): readonly SseEvent[] {
    const [known] = this.#chunks.length === 1 ? knownEvents(this.#chunks[0]) : [];
    return [known ?? new SseEvent(concatBytes(this.#chunks.splice(0)), 'whole')];
  }

  get error(): LlmpError | undefined {
    return this.#size > this.#bytesMax
      ? new LlmpError('upstream_disconnected', 'The response is larger than allowed.')
      : undefined;
  }
}

/** Events by their bytes, of this turn of the event loop. */
const eventsByBytes = new Map<Uint8Array, readonly SseEvent[]>();

/**
 * The bytes of all events; not copied if they are adjacent. A source of this process that gets these
 * bytes in the same turn of the event loop returns the same events, so that none is parsed again.
 */
export function joinEvents(events: readonly SseEvent[]): Uint8Array {
  const bytes = adjacentBytes(events) ?? Buffer.concat(events.map((event) => event.bytes));
  if (bytes.byteLength > 0) keepForTurn(bytes, events);
  return bytes;
}

function adjacentBytes(events: readonly SseEvent[]): Uint8Array | undefined {
  const [first, ...more] = events;
  if (!first) return undefined;
  if (more.length === 0) return first.bytes;
  const { buffer, byteOffset } = first.bytes;
  let end = byteOffset;
  for (const { bytes } of events) {
    if (bytes.buffer !== buffer || bytes.byteOffset !== end) return undefined;
    end += bytes.byteLength;
  }
  return new Uint8Array(buffer, byteOffset, end - byteOffset);
}

/** Parsed events take many times the memory of their bytes, which a slow client may leave waiting. */
function keepForTurn(bytes: Uint8Array, events: readonly SseEvent[]): void {
  if (eventsByBytes.size === 0) setImmediate(dropEvents);
  eventsByBytes.set(bytes, events);
}

/** The readers of events may be among the works that wait for a turn. */
function dropEvents(): void {
  if (hasWaitingWork()) setImmediate(dropEvents);
  else eventsByBytes.clear();
}

function knownEvents(bytes: Uint8Array | undefined): readonly SseEvent[] {
  return (bytes && eventsByBytes.get(bytes)) ?? [];
}
