// A request's body as workers read it: its text, what stands where in it, and where its texts are. Workers
// of one process come one after the other without a pause between, and each wants the same: so what
// one has read is there for the next, for this turn of the event loop and no longer. What it has
// changed only moves.

import { scanJson, type JsonNode, type JsonString } from '../json/parse.ts';
import { splice, type Edit } from '../json/edit.ts';
import { textFieldsOf, type TextFields } from './text-fields.ts';
import type { Limits } from '../limits.ts';
import { movedSpans, PositionMap } from '../json/rebase.ts';
import { TextValue } from '../json/string-value.ts';

export class ParsedRequest {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly root: JsonNode;
  readonly textFields: TextFields;
  readonly #textBySpan = new Map<JsonString, TextValue>();

  constructor(bytes: Uint8Array, text: string, root: JsonNode) {
    this.bytes = bytes;
    this.text = text;
    this.root = root;
    this.textFields = textFieldsOf(text, root);
  }

  /** One of the texts; the same for all workers. */
  textAt(span: JsonString): TextValue {
    const known = this.#textBySpan.get(span);
    if (known) return known;
    const text = new TextValue(this.text.slice(span.start, span.end));
    this.#textBySpan.set(span, text);
    return text;
  }

  /** The body after edits; undefined where it has to be read anew. */
  moved(edits: readonly Edit[], bytes: Uint8Array, text: string): ParsedRequest | undefined {
    const positionMap = new PositionMap(edits);
    // An edit that cuts a character in half makes another text of the bytes.
    const root = text.isWellFormed() ? movedSpans(this.root, positionMap) : undefined;
    if (!root) return undefined;
    const moved = new ParsedRequest(bytes, text, root);
    const { texts } = moved.textFields;
    for (const [index, span] of this.textFields.texts.entries()) {
      const there = texts[index];
      const known = this.#textBySpan.get(span);
      if (there && known && positionMap.countIn(span) === 0) moved.#textBySpan.set(there, known);
    }
    return moved;
  }
}

/** A body of which only the first level may be listed. */
export type TopOfBody = Pick<ParsedRequest, 'text' | 'root'>;

type Bounds = Pick<Limits, 'jsonDepthMax' | 'jsonValuesMax'>;

const handedOn = new WeakMap<Uint8Array, () => ParsedRequest | undefined>();
const tops = new WeakMap<Uint8Array, TopOfBody>();

/**
 * Throws JsonSyntaxError when it is no JSON, JsonBoundError when it is nested more deeply or holds more
 * values than allowed.
 */
export function parseRequest(
  bytes: Uint8Array,
  { jsonDepthMax: depthMax, jsonValuesMax: valuesMax }: Bounds,
): ParsedRequest {
  const known = parsedBody(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const read = new ParsedRequest(bytes, text, scanJson(text, { depthMax, valuesMax }));
  handOn(read);
  return read;
}

/**
 * The same, but only the first level is listed unless somebody has read more: a body of a million small
 * values costs no memory.
 */
export function readTop(
  bytes: Uint8Array,
  { jsonDepthMax: depthMax, jsonValuesMax: valuesMax }: Bounds,
): TopOfBody {
  const known = parsedBody(bytes) ?? tops.get(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const top = { text, root: scanJson(text, { depthMax, valuesMax, listedDepthMax: 1 }) };
  keepForTurn(tops, bytes, top);
  return top;
}

/** What a worker of this process has read just now; undefined where nobody has. */
export function parsedBody(bytes: Uint8Array): ParsedRequest | undefined {
  return handedOn.get(bytes)?.();
}

/** To be said again by a worker that took its time. */
export function handOn(read: ParsedRequest): void {
  keepForTurn(handedOn, read.bytes, () => read);
}

/** Waits for `work`; what was read of the body before is there for the next worker then, too. */
export async function readMeanwhile<Result>(
  bytes: Uint8Array,
  work: Promise<Result>,
): Promise<Result> {
  const known = parsedBody(bytes);
  const result = await work;
  if (known) handOn(known);
  return result;
}

/** A body after edits; throws RangeError as `splice` does. */
export function editedBody(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const known = parsedBody(bytes);
  const text = splice(known?.text ?? textOf(bytes), edits);
  const edited = Buffer.from(text);
  // Not before it is wanted: the next worker may be in another process.
  if (known) {
    let moved: ParsedRequest | undefined;
    keepForTurn(handedOn, edited, () => (moved ??= known.moved(edits, edited, text)));
  }
  return edited;
}

/** What is read takes many times the memory of the bytes, which may be held for as long as the answer. */
function keepForTurn<Read>(reads: WeakMap<Uint8Array, Read>, bytes: Uint8Array, read: Read): void {
  reads.set(bytes, read);
  setImmediate(() => {
    // It may have been said again since.
    if (reads.get(bytes) === read) reads.delete(bytes);
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
