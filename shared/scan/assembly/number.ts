// Reads a JSON number, byte by byte, so that it can go on in the next window.

import { at, end, isLast, moveTo } from './cursor.ts';
import { get, NUMBER_STATE, set } from './layout.ts';

const START: u32 = 0;
const AFTER_MINUS: u32 = 1;
const AFTER_ZERO: u32 = 2;
const INTEGER: u32 = 3;
const AFTER_POINT: u32 = 4;
const FRACTION: u32 = 5;
const AFTER_E: u32 = 6;
const AFTER_SIGN: u32 = 7;
const EXPONENT: u32 = 8;
const END: u32 = 9;
const NO_NUMBER: u32 = 10;

/** Reads on to the end of the number or of the window. @returns false at a byte that ends no number */
export function readNumber(): bool {
  let state = get(NUMBER_STATE);
  let p = at;
  while (p < end) {
    const next = stateAfter(state, load<u8>(p));
    if (next >= END) {
      moveTo(p);
      return next === END;
    }
    state = next;
    p++;
  }
  moveTo(p);
  set(NUMBER_STATE, state);
  return !isLast || mayEnd(state);
}

function mayEnd(state: u32): bool {
  return state === AFTER_ZERO || state === INTEGER || state === FRACTION || state === EXPONENT;
}

function stateAfter(state: u32, byte: u32): u32 {
  if (byte - 0x30 < 10) {
    if (state === START || state === AFTER_MINUS) return byte === 0x30 ? AFTER_ZERO : INTEGER;
    if (state === AFTER_ZERO) return END;
    if (state === AFTER_POINT) return FRACTION;
    return state === AFTER_E || state === AFTER_SIGN ? EXPONENT : state;
  }
  if (byte === 0x2d && state === START) return AFTER_MINUS;
  if ((byte === 0x2d || byte === 0x2b) && state === AFTER_E) return AFTER_SIGN;
  if (!mayEnd(state)) return NO_NUMBER;
  if (byte === 0x2e && (state === AFTER_ZERO || state === INTEGER)) return AFTER_POINT;
  return (byte | 0x20) === 0x65 && state !== EXPONENT ? AFTER_E : END;
}
