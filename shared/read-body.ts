// A request's body as rooms read it: its text, what stands where in it, and where its texts are. Rooms
// of one process come one after the other without a pause between, and each wants the same: so what
// one has read is there for the next, for this turn of the event loop and no longer.

import { scanJson, type Span } from './json-scan.ts';
import { leavesOf, type Leaves } from './leaves.ts';
import type { Limits } from './limits.ts';

export interface ReadBody {
  readonly text: string;
  readonly root: Span;
  readonly leaves: Leaves;
}

const handedOn = new WeakMap<Uint8Array, ReadBody>();

/**
 * Throws JsonSyntaxError when it is no JSON, JsonBoundError when it is nested more deeply or holds more
 * values than allowed.
 */
export function readBody(
  bytes: Uint8Array,
  {
    jsonDepthMax: depthMax,
    jsonValuesMax: valuesMax,
  }: Pick<Limits, 'jsonDepthMax' | 'jsonValuesMax'>,
): ReadBody {
  const known = handedOn.get(bytes);
  if (known) return known;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const root = scanJson(text, { depthMax, valuesMax });
  const read = { text, root, leaves: leavesOf(text, root) };
  handOn(bytes, read);
  return read;
}

/** What a room of this process has read just now; undefined where nobody has. */
export function knownBody(bytes: Uint8Array): ReadBody | undefined {
  return handedOn.get(bytes);
}

/** To be said again by a room that took its time, and has changed nothing. */
export function handOn(bytes: Uint8Array, read: ReadBody): void {
  handedOn.set(bytes, read);
  // What is read takes many times the memory of the bytes, which may be held for as long as the answer.
  setImmediate(() => handedOn.delete(bytes));
}
