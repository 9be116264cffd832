// Edits of JSON text in its UTF-8 bytes: what they leave unchanged is copied, and neither decoded nor
// encoded.

import { isUtf8Steps } from '../runtime/bytes.ts';
import type { Edit } from './edit.ts';

/** Where edits are, in UTF-16 units and in bytes, and how far what follows each of them moves. */
export interface EditPlaces {
  readonly count: number;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  /** By the number of edits before a position. */
  readonly unitShifts: Int32Array;
  readonly byteShifts: Int32Array;
}

export interface SplicedBytes {
  readonly bytes: Buffer;
  readonly places: EditPlaces;
}

/** Edits placed, and characters measured, between two yields: less than a millisecond. */
const STEP_EDITS = 1_024;
const STEP_CHARS = 262_144;
const STEP_BYTES = 1_048_576;

/**
 * The bytes after edits, in steps. `undefined` if they are not those of `text`, or if an edit splits a
 * surrogate pair or inserts half of one: then only the text can be edited.
 * @param edits within the text, in its order, and disjoint
 */
export function* splicedBytes(
  bytes: Uint8Array,
  text: string,
  edits: readonly Edit[],
): Generator<void, SplicedBytes | undefined> {
  if (!(yield* isUtf8Steps(bytes))) return undefined;
  const isAscii = bytes.byteLength === text.length;
  const { length: count } = edits;
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  const unitShifts = new Int32Array(count + 1);
  const byteShifts = new Int32Array(count + 1);
  /** In bytes: what is copied before each edit, and the length of its text. */
  const copied = new Uint32Array(2 * count);
  const inserted = new Uint32Array(count);
  let unit = 0;
  let byte = 0;
  for (const [index, { start, end, text: by }] of edits.entries()) {
    if (index % STEP_EDITS === STEP_EDITS - 1) yield;
    if (!by.isWellFormed() || splitsPair(text, start) || splitsPair(text, end)) return undefined;
    const from = byte + (isAscii ? start - unit : yield* utf8Length(text, unit, start));
    const to = from + (isAscii ? end - start : yield* utf8Length(text, start, end));
    const size = Buffer.byteLength(by);
    copied[2 * index] = from;
    copied[2 * index + 1] = to;
    inserted[index] = size;
    starts[index] = start;
    ends[index] = end;
    unitShifts[index + 1] = (unitShifts[index] ?? 0) + by.length - (end - start);
    byteShifts[index + 1] = (byteShifts[index] ?? 0) + size - (to - from);
    unit = end;
    byte = to;
  }
  const places = { count, starts, ends, unitShifts, byteShifts };
  const spliced = Buffer.allocUnsafeSlow(bytes.byteLength + (byteShifts[count] ?? 0));
  let filled = 0;
  function* copy(from: number, to: number): Generator<void, void> {
    for (let at = from; at < to; at += STEP_BYTES) {
      const part = bytes.subarray(at, Math.min(to, at + STEP_BYTES));
      spliced.set(part, filled);
      filled += part.byteLength;
      if (part.byteLength === STEP_BYTES) yield;
    }
  }
  let at = 0;
  for (const [index, { text: by }] of edits.entries()) {
    if (index % STEP_EDITS === STEP_EDITS - 1) yield;
    yield* copy(at, copied[2 * index] ?? 0);
    spliced.write(by, filled);
    filled += inserted[index] ?? 0;
    at = copied[2 * index + 1] ?? 0;
  }
  yield* copy(at, bytes.byteLength);
  return { bytes: spliced, places };
}

/** The bytes of a slice that splits no surrogate pair. */
function* utf8Length(text: string, from: number, to: number): Generator<void, number> {
  if (to - from <= STEP_CHARS) return Buffer.byteLength(text.slice(from, to));
  let size = 0;
  for (let at = from; at < to;) {
    let end = Math.min(to, at + STEP_CHARS);
    if (splitsPair(text, end)) end += 1;
    size += Buffer.byteLength(text.slice(at, end));
    at = end;
    yield;
  }
  return size;
}

/** Whether the second half of a surrogate pair is at `at`. */
function splitsPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}
