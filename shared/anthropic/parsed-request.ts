// A request's body as rooms read it: its text, what stands where in it, and where its texts are. Rooms
// of one process come one after the other without a pause between, and each wants the same: so what
// one has read is there for the next, for this turn of the event loop and no longer. What it has
// changed only moves.

import { scanJson, type Span, type StringSpan } from '../json/parse.ts';
import { splice, type Edit } from '../json/edit.ts';
import { leavesOf, type Leaves } from './text-fields.ts';
import type { Limits } from '../limits.ts';
import { movedSpans, Shifts } from '../json/rebase.ts';
import { WrittenText } from '../json/string-value.ts';

export class ReadBody {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly root: Span;
  readonly leaves: Leaves;
  readonly #textBySpan = new Map<StringSpan, WrittenText>();

  constructor(bytes: Uint8Array, text: string, root: Span) {
    this.bytes = bytes;
    this.text = text;
    this.root = root;
    this.leaves = leavesOf(text, root);
  }

  /** One of the texts; the same for all rooms. */
  textAt(span: StringSpan): WrittenText {
    const known = this.#textBySpan.get(span);
    if (known) return known;
    const text = new WrittenText(this.text.slice(span.start, span.end));
    this.#textBySpan.set(span, text);
    return text;
  }

  /** The body after edits; undefined where it has to be read anew. */
  moved(edits: readonly Edit[], bytes: Uint8Array, text: string): ReadBody | undefined {
    const shifts = new Shifts(edits);
    // An edit that cuts a character in half makes another text of the bytes.
    const root = text.isWellFormed() ? movedSpans(this.root, shifts) : undefined;
    if (!root) return undefined;
    const moved = new ReadBody(bytes, text, root);
    const { texts } = moved.leaves;
    for (const [index, span] of this.leaves.texts.entries()) {
      const there = texts[index];
      const known = this.#textBySpan.get(span);
      if (there && known && shifts.countIn(span) === 0) moved.#textBySpan.set(there, known);
    }
    return moved;
  }
}

/** A body of which only the first level may be listed. */
export type TopOfBody = Pick<ReadBody, 'text' | 'root'>;

type Bounds = Pick<Limits, 'jsonDepthMax' | 'jsonValuesMax'>;

const handedOn = new WeakMap<Uint8Array, () => ReadBody | undefined>();
const tops = new WeakMap<Uint8Array, TopOfBody>();

/**
 * Throws JsonSyntaxError when it is no JSON, JsonBoundError when it is nested more deeply or holds more
 * values than allowed.
 */
export function readBody(
  bytes: Uint8Array,
  { jsonDepthMax: depthMax, jsonValuesMax: valuesMax }: Bounds,
): ReadBody {
  const known = knownBody(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const read = new ReadBody(bytes, text, scanJson(text, { depthMax, valuesMax }));
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
  const known = knownBody(bytes) ?? tops.get(bytes);
  if (known) return known;
  const text = textOf(bytes);
  const top = { text, root: scanJson(text, { depthMax, valuesMax, listedDepthMax: 1 }) };
  keepForTurn(tops, bytes, top);
  return top;
}

/** What a room of this process has read just now; undefined where nobody has. */
export function knownBody(bytes: Uint8Array): ReadBody | undefined {
  return handedOn.get(bytes)?.();
}

/** To be said again by a room that took its time. */
export function handOn(read: ReadBody): void {
  keepForTurn(handedOn, read.bytes, () => read);
}

/** Waits for `work`; what was read of the body before is there for the next room then, too. */
export async function readMeanwhile<Result>(
  bytes: Uint8Array,
  work: Promise<Result>,
): Promise<Result> {
  const known = knownBody(bytes);
  const result = await work;
  if (known) handOn(known);
  return result;
}

/** A body after edits; throws RangeError as `splice` does. */
export function editedBody(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const known = knownBody(bytes);
  const text = splice(known?.text ?? textOf(bytes), edits);
  const edited = Buffer.from(text);
  // Not before it is wanted: the next room may be in another process.
  if (known) {
    let moved: ReadBody | undefined;
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
