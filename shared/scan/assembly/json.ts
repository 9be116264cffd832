// Reads JSON (RFC 8259) in windows, and writes a record for each value and key. Accepts and rejects what
// `shared/json/parse.ts` does, at the same offsets.

import { beginAhead, entry, goBack, readAhead, UNDECIDED, UNKNOWN } from './ahead.ts';
import { at, byteAt, end, isLast, moveTo, open } from './cursor.ts';
import { AT_END, AT_ERROR, AT_QUOTE, decode } from './decode.ts';
import { readNumber } from './number.ts';
import { beginText, dropCandidates, endText, canWrite, searchText } from './text.ts';
import { writeRemembered } from './text.ts';
import * as layout from './layout.ts';
import { fixed, get, set } from './layout.ts';
import { search } from './units.ts';

export { search };

// States.
const VALUE: u32 = 0;
const ARRAY_FIRST: u32 = 1;
const OBJECT_FIRST: u32 = 2;
const KEY: u32 = 3;
const COLON: u32 = 4;
const AFTER_VALUE: u32 = 5;
const IN_STRING: u32 = 6;
const IN_NUMBER: u32 = 7;
/** In a string that may be remembered. */
const IN_LITERAL: u32 = 8;

// Kinds of a record.
const OBJECT: u32 = 0;
const ARRAY: u32 = 1;
const KEY_STRING: u32 = 2;
const STRING: u32 = 3;
const NUMBER: u32 = 4;
const TRUE: u32 = 5;
const FALSE: u32 = 6;
const NULL: u32 = 7;

const NO_NODE: u32 = 0xffffffff;
const NODE_SHIFT: u32 = 5;
const CLOSE_SHIFT: u32 = 4;
/** Records that one turn of the loop may write at most. */
const TURN_RECORDS: u32 = 2;

/** Reads a window of the body, which begins where the last one was read up to. */
export function step(length: u32, isLastWindow: bool): u32 {
  set(layout.BASE, get(layout.BASE) + get(layout.CONSUMED));
  set(layout.NODES_OUT, 0);
  set(layout.CLOSES_OUT, 0);
  set(layout.STRINGS_OUT, 0);
  set(layout.CANDIDATES_OUT, 0);
  set(layout.CANDIDATES_FROM, get(layout.KEPT));
  const input: usize = fixed(layout.INPUT);
  open(input, input + length, isLastWindow);
  const result = read();
  set(layout.CONSUMED, u32(at - input));
  return result;
}

function hasRecords(): bool {
  const most = max(get(layout.NODES_OUT), max(get(layout.CLOSES_OUT), get(layout.STRINGS_OUT)));
  return most + TURN_RECORDS <= fixed(layout.RECORDS_MAX) && canWrite();
}

/** Byte of the body at an address of the window. */
function offsetOf(address: usize): u32 {
  return get(layout.BASE) + u32(address - usize(fixed(layout.INPUT)));
}

function fail(address: usize): u32 {
  set(layout.ERROR_AT, offsetOf(address));
  return layout.INVALID;
}

function read(): u32 {
  let result = layout.MORE;
  while (hasRecords()) {
    const state = get(layout.STATE);
    if (state === IN_STRING) result = readString();
    else if (state === IN_LITERAL) result = readLiteral();
    else if (state === IN_NUMBER) result = goOnNumber();
    else {
      skipSpace();
      if (at < end) result = readToken(state, load<u8>(at));
      else return isLast ? readEnd(state) : layout.MORE;
    }
    if (result !== layout.DONE) return result;
  }
  return layout.MORE;
}

function skipSpace(): void {
  let p = at;
  while (p < end) {
    const byte = u32(load<u8>(p));
    if (byte !== 0x20 && byte !== 10 && byte !== 13 && byte !== 9) break;
    p++;
  }
  moveTo(p);
}

/** The body ends where a token may follow. */
function readEnd(state: u32): u32 {
  if (state === AFTER_VALUE && get(layout.DEPTH) === 0) return layout.DONE;
  if (isTooDeep(state)) return layout.TOO_DEEP;
  return fail(end);
}

/** An empty container counts as no level. */
function isTooDeep(state: u32): bool {
  const isFirst = state === ARRAY_FIRST || state === OBJECT_FIRST;
  return isFirst && get(layout.DEPTH) > get(layout.DEPTH_MAX);
}

/** Reads a token, or its beginning. @returns `DONE` if the next one may be read */
function readToken(state: u32, byte: u32): u32 {
  if (state === AFTER_VALUE) {
    if (get(layout.DEPTH) === 0) return fail(at);
    const kind = openKind();
    if (byte === 0x2c) {
      moveTo(at + 1);
      set(layout.STATE, kind === OBJECT ? KEY : VALUE);
      return layout.DONE;
    }
    return byte === (kind === OBJECT ? 0x7d : 0x5d) ? closeContainer() : fail(at);
  }
  if (state === ARRAY_FIRST && byte === 0x5d) return closeContainer();
  if (state === OBJECT_FIRST && byte === 0x7d) return closeContainer();
  if (isTooDeep(state)) return layout.TOO_DEEP;
  if (state === COLON) {
    if (byte !== 0x3a) return fail(at);
    moveTo(at + 1);
    set(layout.STATE, VALUE);
    return layout.DONE;
  }
  if (state === KEY || state === OBJECT_FIRST) return byte === 0x22 ? beginString(1) : fail(at);
  return readValue(byte);
}

function readValue(byte: u32): u32 {
  if (byte === 0x22) return beginString(0);
  if (byte === 0x7b) return openContainer(OBJECT, OBJECT_FIRST);
  if (byte === 0x5b) return openContainer(ARRAY, ARRAY_FIRST);
  if (byte === 0x74) return readWord(TRUE, 0x65757274, 4);
  if (byte === 0x66) return readWord(FALSE, 0x736c6166, 5);
  if (byte === 0x6e) return readWord(NULL, 0x6c6c756e, 4);
  set(layout.NUMBER_STATE, 0);
  setStart();
  set(layout.STATE, IN_NUMBER);
  return layout.DONE;
}

function setStart(): void {
  const start = offsetOf(at);
  set(layout.START, start);
  set(layout.START_UNIT, start - get(layout.SHIFT));
}

function readWord(kind: u32, first: u32, length: u32): u32 {
  if (!isLast && end - at < 5) return layout.MORE;
  let word: u32 = 0;
  for (let place: u32 = 0; place < 4; place++) word |= byteAt(at + place) << (place << 3);
  if (word !== first || (length === 5 && byteAt(at + 4) !== 0x65)) return fail(at);
  setStart();
  moveTo(at + length);
  writeNode(kind, 0);
  return endValue();
}

function goOnNumber(): u32 {
  if (!readNumber()) return fail(at);
  if (at === end && !isLast) return layout.MORE;
  writeNode(NUMBER, 0);
  return endValue();
}

function beginString(isKey: u32): u32 {
  setStart();
  moveTo(at + 1);
  set(layout.IS_KEY, isKey);
  if (beginAhead(isKey === 0 && isListed())) set(layout.STATE, IN_LITERAL);
  else beginDecoding();
  return layout.DONE;
}

function beginDecoding(): void {
  set(layout.STATE, IN_STRING);
  beginText();
}

/** Reads on to the end of a string if it is remembered; otherwise it is decoded next. */
function readLiteral(): u32 {
  const outcome = readAhead();
  if (outcome === UNDECIDED) return layout.MORE;
  if (outcome === UNKNOWN) {
    beginDecoding();
    return goBack() ? layout.DONE : layout.MORE;
  }
  writeRemembered(entry, get(layout.NODES));
  writeNode(STRING, get(layout.STRINGS) - 1);
  return endValue();
}

function readString(): u32 {
  const reason = decode();
  if (reason === AT_ERROR || (reason === AT_END && isLast)) return fail(at);
  if (reason !== AT_QUOTE) {
    searchText(false);
    return reason === AT_END ? layout.MORE : layout.DONE;
  }
  const isKey = get(layout.IS_KEY) !== 0;
  if (isListed()) {
    const node = get(layout.NODES);
    const string = get(layout.STRINGS);
    endText(node);
    writeNode(isKey ? KEY_STRING : STRING, string);
  } else dropCandidates();
  if (!isKey) return endValue();
  set(layout.STATE, COLON);
  return layout.DONE;
}

function isListed(): bool {
  return get(layout.DEPTH) <= get(layout.LISTED_DEPTH_MAX);
}

function stackAt(depth: u32): usize {
  return usize(fixed(layout.STACK)) + (depth << 3);
}

/** Kind of the innermost open container. */
function openKind(): u32 {
  return load<u32>(stackAt(get(layout.DEPTH) - 1), 4);
}

function openNode(): u32 {
  const depth = get(layout.DEPTH);
  return depth === 0 ? NO_NODE : load<u32>(stackAt(depth - 1));
}

function openContainer(kind: u32, state: u32): u32 {
  const depth = get(layout.DEPTH);
  const node = isListed() ? get(layout.NODES) : NO_NODE;
  setStart();
  moveTo(at + 1);
  writeNode(kind, 0);
  store<u32>(stackAt(depth), node);
  store<u32>(stackAt(depth), kind, 4);
  set(layout.DEPTH, depth + 1);
  set(layout.STATE, state);
  return layout.DONE;
}

function closeContainer(): u32 {
  const node = openNode();
  moveTo(at + 1);
  set(layout.DEPTH, get(layout.DEPTH) - 1);
  if (node !== NO_NODE) {
    const out = get(layout.CLOSES_OUT);
    const record: usize = fixed(layout.CLOSE_RECORDS) + (out << CLOSE_SHIFT);
    const to = offsetOf(at);
    store<u32>(record, node);
    store<u32>(record, to, 4);
    store<u32>(record, to - get(layout.SHIFT), 8);
    store<u32>(record, get(layout.NODES), 12);
    set(layout.CLOSES_OUT, out + 1);
  }
  return endValue();
}

/** Writes the record of a value or key that ends at the cursor; the end of a container follows later. */
function writeNode(kind: u32, detail: u32): void {
  if (!isListed()) return;
  const out = get(layout.NODES_OUT);
  const node = get(layout.NODES);
  const record: usize = fixed(layout.NODE_RECORDS) + (out << NODE_SHIFT);
  const to = offsetOf(at);
  store<u32>(record, kind);
  store<u32>(record, get(layout.START), 4);
  store<u32>(record, to, 8);
  store<u32>(record, openNode(), 12);
  store<u32>(record, node + 1, 16);
  store<u32>(record, get(layout.START_UNIT), 20);
  store<u32>(record, to - get(layout.SHIFT), 24);
  store<u32>(record, detail, 28);
  set(layout.NODES_OUT, out + 1);
  set(layout.NODES, node + 1);
}

function endValue(): u32 {
  set(layout.STATE, AFTER_VALUE);
  const depth = get(layout.DEPTH);
  if (depth === 0 || depth > get(layout.LISTED_DEPTH_MAX)) return layout.DONE;
  const listed = get(layout.LISTED) + 1;
  set(layout.LISTED, listed);
  return listed > get(layout.VALUES_MAX) ? layout.TOO_MANY : layout.DONE;
}
