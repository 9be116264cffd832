// One event of a response. Its JSON is parsed when first needed and at most once; bytes that nothing
// changes are sent as they came. A buffered response is a single event without a name.

import { binaryText, binaryTextOf } from '../../json/binary-text.ts';
import { splicedParts, stringLiteral, type Edit } from '../../json/edit.ts';
import { LlmpError } from '../../errors.ts';
import { JsonBoundError, JsonSyntaxError, scanSteps, type JsonNode } from '../../json/parse.ts';
import { PositionMap, rebaseSteps } from '../../json/rebase.ts';
import { concatSteps } from '../../runtime/bytes.ts';
import { finished } from '../../runtime/finished.ts';
import { eventData, type EventData } from './event-data.ts';
import { EventJson } from './event-json.ts';
import { eventName } from './event-splitter.ts';
import { DELTA_BYTES_MAX, textDelta, TextDelta } from './text-delta.ts';

/**
 * - `event`: a complete event of a stream.
 * - `rest`: bytes after the last complete event of a stream; not an event.
 * - `whole`: a buffered response.
 */
export type EventKind = 'event' | 'rest' | 'whole';

/** Events after which no text of an open block can follow. */
const CLOSING: ReadonlySet<string> = new Set(['message_delta', 'message_stop', 'error']);

const DELTA = 'content_block_delta';

/** Bytes searched between two yields, and the longest match. */
const SEARCHED_BYTES = 262_144;
const MATCH_BYTES_MAX = 64;

/** The same bounds as for requests: the values of `[0,0,…` take 40 times the memory of its text. */
const BOUNDS = { depthMax: 1_000, valuesMax: 1_000_000 };

export class SseEvent {
  readonly bytes: Uint8Array;
  readonly kind: EventKind;
  #text: string | undefined;
  #name: string | undefined;
  #type: string | undefined;
  /** Absent until read; `null` for other events. */
  #delta: TextDelta | null | undefined;
  /** Absent until read; `null` without any. */
  #data: EventData | null | undefined;
  #json: EventJson | null | undefined;
  /** Yields the tree of an edited event without parsing. */
  #rebased: (() => Generator<void, JsonNode | undefined>) | undefined;

  constructor(bytes: Uint8Array, kind: EventKind = 'event') {
    this.bytes = bytes;
    this.kind = kind;
  }

  /** An event made of its name and its JSON as binary text. */
  static of(name: string, json: string, lineEnd = '\n'): SseEvent {
    const text = `event: ${name}${lineEnd}data: ${json}${lineEnd}${lineEnd}`;
    return new SseEvent(Buffer.from(text, 'latin1'));
  }

  /** The event if these bytes are a single delta in the usual form. */
  static ofDelta(bytes: Uint8Array): SseEvent | undefined {
    if (bytes.byteLength > DELTA_BYTES_MAX) return undefined;
    const event = new SseEvent(bytes);
    return event.delta && event;
  }

  /** The bytes as binary text. */
  get text(): string {
    return (this.#text ??= binaryTextOf(this.bytes));
  }

  /** Whether an expression that matches a few characters matches the binary text; in steps. */
  *matches(expression: RegExp): Generator<void, boolean> {
    const { bytes } = this;
    for (let from = 0; from < bytes.byteLength; from += SEARCHED_BYTES) {
      const part = bytes.subarray(from, from + SEARCHED_BYTES + MATCH_BYTES_MAX);
      if (expression.test(binaryTextOf(part))) return true;
      yield;
    }
    return false;
  }

  /** The `event:` field, or `message`; empty if it is not an event of a stream. */
  get name(): string {
    return (this.#name ??= this.delta ? DELTA : this.kind === 'event' ? eventName(this.bytes) : '');
  }

  /** The type in the data, which clients use, or else the name. */
  get type(): string {
    return (this.#type ??= this.delta ? DELTA : (this.json?.word('type') ?? this.name));
  }

  /** What the event adds to a block, if it is in the usual form; `undefined` says nothing. */
  get delta(): TextDelta | undefined {
    if (this.#delta === undefined) {
      const isShort = this.kind === 'event' && this.bytes.byteLength <= DELTA_BYTES_MAX;
      this.#delta = (isShort ? textDelta(this.text) : undefined) ?? null;
    }
    return this.#delta ?? undefined;
  }

  /** The delta with another value; itself if it is the same. */
  withDelta(delta: TextDelta, value: string): SseEvent {
    if (value === delta.value) return this;
    const raw = binaryText(stringLiteral(value).slice(1, -1));
    const { text } = this;
    const { start, index, type } = delta;
    const edited = text.slice(0, start) + raw + text.slice(start + delta.raw.length);
    const event = new SseEvent(Buffer.from(edited, 'latin1'), this.kind);
    event.#text = edited;
    event.#delta = new TextDelta(index, type, raw, start);
    return event;
  }

  get isWhole(): boolean {
    return this.kind === 'whole';
  }

  /** Whether no text of an open block can follow. */
  get isClosing(): boolean {
    return this.kind === 'rest' || (this.kind === 'event' && CLOSING.has(this.type));
  }

  /** Line ending of the event. */
  get lineEnd(): string {
    return this.#dataOf()?.lineEnd ?? '\n';
  }

  /** The parsed JSON; `undefined` if there is none. @throws `upstream_invalid_response` above a bound */
  get json(): EventJson | undefined {
    if (this.#json === undefined) finished(this.parse());
    return this.#json ?? undefined;
  }

  /** Parses the JSON in short steps. Throws as `json` does. */
  *parse(): Generator<void, void> {
    if (this.#json !== undefined) return;
    const data = this.#dataOf();
    yield;
    const root =
      data && ((this.#rebased && (yield* this.#rebased())) ?? (yield* rootOf(data.json)));
    this.#rebased = undefined;
    this.#json = data && root ? new EventJson(data.json, root) : null;
  }

  /** The event with edits of its JSON, whose texts are valid in their place; itself without any. */
  withEdits(edits: readonly Edit[]): SseEvent {
    return finished(this.edit(edits));
  }

  /** Like `withEdits`, in short steps. */
  *edit(edits: readonly Edit[]): Generator<void, SseEvent> {
    const { json } = this;
    const data = this.#dataOf();
    if (edits.length === 0 || !json || !data) return this;
    yield;
    const parts = yield* splicedParts(json.text, edits);
    const edited = new SseEvent(
      yield* bytesOf(data.withJson(parts), parts.length === 1),
      this.kind,
    );
    edited.#name = this.name;
    // The text, which may be long, is put together only if it is needed.
    let text: string | undefined;
    const { lineEnd, withJson } = data;
    edited.#data = {
      get json() {
        return (text ??= parts.join(''));
      },
      lineEnd,
      withJson,
    };
    edited.#rebased = function* rebased() {
      return yield* rebaseSteps(json.root, yield* PositionMap.of(edits), { isEscaped: true });
    };
    return edited;
  }

  #dataOf(): EventData | undefined {
    if (this.#data === undefined) this.#data = this.#readData() ?? null;
    return this.#data ?? undefined;
  }

  #readData(): EventData | undefined {
    if (this.kind === 'rest') return undefined;
    if (this.kind === 'event') return eventData(this.text);
    return { json: this.text, lineEnd: '\n', withJson: (parts) => parts };
  }
}

/** The bytes of binary text in parts. */
function* bytesOf(parts: Iterable<string>, isShort: boolean): Generator<void, Buffer> {
  if (isShort) return Buffer.from([...parts].join(''), 'latin1');
  const encoded: Buffer[] = [];
  for (const part of parts) {
    encoded.push(Buffer.from(part, 'latin1'));
    yield;
  }
  return yield* concatSteps(encoded);
}

function* rootOf(json: string): Generator<void, JsonNode | undefined> {
  try {
    return yield* scanSteps(json, BOUNDS);
  } catch (thrown) {
    if (thrown instanceof JsonSyntaxError) return undefined;
    if (!(thrown instanceof JsonBoundError)) throw thrown;
    const message = 'The response has too many values, or is nested too deeply.';
    throw new LlmpError('upstream_invalid_response', message);
  }
}
