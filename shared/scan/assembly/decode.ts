// Decodes the bytes of a JSON string into the scratch: UTF-16 units, columns of the automata, and UTF-8.

import { at, byteAt, end, isLast, moveTo } from './cursor.ts';
import {
  CAPACITY,
  COLUMNS,
  ESCAPED,
  ESCAPES,
  FILL,
  fixed,
  FLAGS,
  get,
  NOT_ASCII,
  set,
  SHIFT,
  UNIT_BITS,
  UNITS,
  UTF8,
  UTF8_FILL,
} from './layout.ts';

// Why decoding stops.
export const AT_QUOTE: u32 = 0;
/** The scratch is full. */
export const FULL: u32 = 1;
/** The window ends. */
export const AT_END: u32 = 2;
/** At the byte at the cursor. */
export const AT_ERROR: u32 = 3;

/** Units written at once. */
const BLOCK: u32 = 16;
/** Bytes of a surrogate pair in escapes. */
const PAIR_BYTES: usize = 12;
const REPLACEMENT: u32 = 0xfffd;

let units: usize = 0;
let columns: usize = 0;
let utf8: usize = 0;
let unitBits: usize = 0;
let fill: u32 = 0;
let utf8Fill: u32 = 0;
let flags: u32 = 0;
/** Bytes of the character or escape that was decoded last. */
let width: u32 = 0;

/** Decodes from the cursor on, and moves it. */
export function decode(): u32 {
  units = fixed(UNITS);
  columns = fixed(COLUMNS);
  utf8 = fixed(UTF8);
  unitBits = fixed(UNIT_BITS);
  fill = get(FILL);
  utf8Fill = get(UTF8_FILL);
  flags = get(FLAGS);
  const reason = decodeAll(fixed(CAPACITY) - BLOCK);
  set(FILL, fill);
  set(UTF8_FILL, utf8Fill);
  set(FLAGS, flags);
  return reason;
}

function decodeAll(limit: u32): u32 {
  const last = end;
  const toUnits = units;
  const toColumns = columns;
  const toUtf8 = utf8;
  const escapes: usize = fixed(ESCAPES);
  const space = i8x16.splat(0x20);
  const quote = i8x16.splat(0x22);
  const backslash = i8x16.splat(0x5c);
  let p = at;
  let filled = fill;
  let utf8Filled = utf8Fill;
  let reason = FULL;
  while (filled <= limit) {
    if (p >= last) {
      reason = AT_END;
      break;
    }
    const block = v128.load(p);
    // Compared as signed numbers, bytes from 0x80 on are less than a space, as control characters are.
    const special = v128.or(
      i8x16.lt_s(block, space),
      v128.or(i8x16.eq(block, quote), i8x16.eq(block, backslash)),
    );
    v128.store(toUnits + (filled << 1), i16x8.extend_low_i8x16_u(block));
    v128.store(toUnits + (filled << 1), i16x8.extend_high_i8x16_u(block), 16);
    v128.store(toColumns + filled, block);
    v128.store(toUtf8 + utf8Filled, block);
    const found = u32(i8x16.bitmask(special));
    // The next block must not wait for this one.
    if (found === 0 && last - p >= BLOCK) {
      filled += BLOCK;
      utf8Filled += BLOCK;
      p += BLOCK;
      continue;
    }
    const plain = min<u32>(ctz<u32>(found | 0x10000), u32(last - p));
    filled += plain;
    utf8Filled += plain;
    p += plain;
    if (p >= last) continue;
    const byte = u32(load<u8>(p));
    if (byte === 0x5c) {
      const unit = last - p < 2 ? 0 : u32(load<u8>(escapes + load<u8>(p, 1)));
      if (unit !== 0) {
        store<u16>(toUnits + (filled << 1), unit);
        store<u8>(toColumns + filled, unit);
        store<u8>(toUtf8 + utf8Filled, unit);
        flags |= ESCAPED;
        filled++;
        utf8Filled++;
        p += 2;
        continue;
      }
    } else if (byte < 0x80) {
      reason = byte === 0x22 ? AT_QUOTE : AT_ERROR;
      break;
    }
    if (!isLast && last - p < PAIR_BYTES) {
      reason = AT_END;
      break;
    }
    fill = filled;
    utf8Fill = utf8Filled;
    const isValid = byte === 0x5c ? decodeEscape(p) : decodeForeign(p);
    filled = fill;
    utf8Filled = utf8Fill;
    p += width;
    if (!isValid) {
      reason = AT_ERROR;
      break;
    }
  }
  fill = filled;
  utf8Fill = utf8Filled;
  moveTo(reason === AT_QUOTE ? p + 1 : p);
  return reason;
}

/** Decodes an escape of six bytes, or twelve; `width` has the bytes, or those before the first invalid one. */
function decodeEscape(from: usize): bool {
  flags |= ESCAPED;
  if (byteAt(from + 1) !== 0x75) {
    width = 1;
    return false;
  }
  const unit = hexAt(from + 2);
  if (unit < 0) {
    width = 2 + validHexAt(from + 2);
    return false;
  }
  width = 6;
  if ((unit & 0xfc00) === 0xd800 && byteAt(from + 6) === 0x5c && byteAt(from + 7) === 0x75) {
    const low = hexAt(from + 8);
    if (low >= 0 && (low & 0xfc00) === 0xdc00) {
      appendForeign(0x10000 + ((u32(unit) & 0x3ff) << 10) + (u32(low) & 0x3ff));
      width = 12;
      return true;
    }
  }
  if (unit < 0x80) appendAscii(u32(unit));
  else appendForeign(u32(unit));
  return true;
}

/** The number that four hexadecimal digits stand for, or -1. */
function hexAt(from: usize): i32 {
  let value: i32 = 0;
  for (let place: usize = 0; place < 4; place++) {
    const digit = hexDigit(byteAt(from + place));
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}

function validHexAt(from: usize): u32 {
  let count: u32 = 0;
  while (hexDigit(byteAt(from + count)) >= 0) count++;
  return count;
}

export function hexDigit(byte: u32): i32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter < 6 ? letter + 10 : -1;
}

function appendAscii(unit: u32): void {
  store<u16>(units + (fill << 1), unit);
  store<u8>(columns + fill, unit);
  store<u8>(utf8 + utf8Fill, unit);
  fill++;
  utf8Fill++;
}

/** Appends a character that is not ASCII; a lone surrogate is encoded like any other. */
function appendForeign(point: u32): void {
  flags |= NOT_ASCII;
  const to = utf8 + utf8Fill;
  if (point < 0x800) {
    store<u8>(to, 0xc0 | (point >> 6));
    store<u8>(to, 0x80 | (point & 0x3f), 1);
    utf8Fill += 2;
  } else if (point < 0x10000) {
    store<u8>(to, 0xe0 | (point >> 12));
    store<u8>(to, 0x80 | ((point >> 6) & 0x3f), 1);
    store<u8>(to, 0x80 | (point & 0x3f), 2);
    utf8Fill += 3;
  } else {
    store<u8>(to, 0xf0 | (point >> 18));
    store<u8>(to, 0x80 | ((point >> 12) & 0x3f), 1);
    store<u8>(to, 0x80 | ((point >> 6) & 0x3f), 2);
    store<u8>(to, 0x80 | (point & 0x3f), 3);
    utf8Fill += 4;
    appendUnit(0xd800 | ((point - 0x10000) >> 10));
    appendUnit(0xdc00 | (point & 0x3ff));
    return;
  }
  appendUnit(point);
}

function appendUnit(unit: u32): void {
  store<u16>(units + (fill << 1), unit);
  store<u8>(columns + fill, 0);
  flags |= u32(load<u8>(unitBits + unit)) << 8;
  fill++;
}

/** Decodes one character of UTF-8, or an invalid part of one as U+FFFD. */
function decodeForeign(from: usize): bool {
  const first = u32(load<u8>(from));
  let point: u32 = REPLACEMENT;
  let bytes: u32 = 1;
  if (first >= 0xc2 && first < 0xf5) {
    // The second byte excludes overlong forms, surrogates, and what is beyond Unicode.
    const low: u32 = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high: u32 = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    const size: u32 = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const second = byteAt(from + 1);
    if (second >= low && second <= high) {
      bytes = 2;
      let read = ((first & (0xff >> (size + 1))) << 6) | (second & 0x3f);
      while (bytes < size && (byteAt(from + bytes) & 0xc0) === 0x80) {
        read = (read << 6) | (byteAt(from + bytes) & 0x3f);
        bytes++;
      }
      if (bytes === size) point = read;
    }
  }
  appendForeign(point);
  set(SHIFT, get(SHIFT) + bytes - (point < 0x10000 ? 1 : 2));
  width = bytes;
  return true;
}
