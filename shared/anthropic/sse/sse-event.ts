// One event of a response. Its JSON is parsed when first needed and at most once; bytes that nothing
// changes are sent as they came. A buffered response is a single event without a name.

import { binaryTextOf } from '../../json/binary-text.ts';
import { splice, type Edit } from '../../json/edit.ts';
import { tryScanJson, type JsonNode } from '../../json/parse.ts';
import { PositionMap, rebase } from '../../json/rebase.ts';
import { eventData, type EventData } from './event-data.ts';
import { EventJson } from './event-json.ts';
import { eventName } from './event-splitter.ts';

/**
 * - `event`: a complete event of a stream.
 * - `rest`: bytes after the last complete event of a stream, which have no meaning.
 * - `whole`: a buffered response.
 */
export type EventKind = 'event' | 'rest' | 'whole';

/** Events after which no text of an open block can follow. */
const CLOSING = new Set(['message_delta', 'message_stop', 'error']);

export class SseEvent {
  readonly bytes: Uint8Array;
  readonly kind: EventKind;
  #text: string | undefined;
  #name: string | undefined;
  #type: string | undefined;
  /** Absent until read; `null` without any. */
  #data: EventData | null | undefined;
  #json: EventJson | null | undefined;
  /** Yields the tree of an edited event without parsing. */
  #rebased: (() => JsonNode | undefined) | undefined;

  constructor(bytes: Uint8Array, kind: EventKind = 'event') {
    this.bytes = bytes;
    this.kind = kind;
  }

  /** An event made of its name and its JSON as binary text. */
  static of(name: string, json: string, lineEnd = '\n'): SseEvent {
    const text = `event: ${name}${lineEnd}data: ${json}${lineEnd}${lineEnd}`;
    return new SseEvent(Buffer.from(text, 'latin1'));
  }

  /** The bytes as binary text. */
  get text(): string {
    return (this.#text ??= binaryTextOf(this.bytes));
  }

  /** The `event:` field, or `message`; empty if it is not an event of a stream. */
  get name(): string {
    return (this.#name ??= this.kind === 'event' ? eventName(this.bytes) : '');
  }

  /** The type in the data, which clients use, or else the name. */
  get type(): string {
    return (this.#type ??= this.json?.word('type') ?? this.name);
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

  /** The parsed JSON; `undefined` if there is none. */
  get json(): EventJson | undefined {
    if (this.#json === undefined) {
      const data = this.#dataOf();
      const root = data && (this.#rebased?.() ?? tryScanJson(data.json));
      this.#rebased = undefined;
      this.#json = data && root ? new EventJson(data.json, root) : null;
    }
    return this.#json ?? undefined;
  }

  /** The event with edits of its JSON, whose texts are valid in their place; itself without any. */
  withEdits(edits: readonly Edit[]): SseEvent {
    const { json } = this;
    const data = this.#dataOf();
    if (edits.length === 0 || !json || !data) return this;
    const text = splice(json.text, edits);
    const edited = new SseEvent(Buffer.from(data.withJson(text), 'latin1'), this.kind);
    edited.#name = this.name;
    edited.#data = { ...data, json: text };
    edited.#rebased = () => rebase(json.root, new PositionMap(edits), { isEscaped: true });
    return edited;
  }

  #dataOf(): EventData | undefined {
    if (this.#data === undefined) this.#data = this.#readData() ?? null;
    return this.#data ?? undefined;
  }

  #readData(): EventData | undefined {
    if (this.kind === 'rest') return undefined;
    if (this.kind === 'event') return eventData(this.text);
    return { json: this.text, lineEnd: '\n', withJson: (json) => json };
  }
}
