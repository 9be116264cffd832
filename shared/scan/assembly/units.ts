// Searches a text that is no part of a body, given as UTF-16 units.

import { at, end, isLast, moveTo, open } from './cursor.ts';
import * as layout from './layout.ts';
import { fixed, get, set } from './layout.ts';
import { canWrite, searchText } from './text.ts';

/** Units copied at once, and bit in each that is not ASCII. */
const BLOCK: u32 = 16;
const BLOCK_BYTES: usize = 32;
const BEYOND_ASCII: i16 = ~0x7f;

/** Searches a window of a text, which goes on where the last one was read up to. */
export function search(length: u32, isLastWindow: bool): u32 {
  set(layout.CANDIDATES_OUT, 0);
  set(layout.CANDIDATES_FROM, get(layout.KEPT));
  const input: usize = fixed(layout.INPUT);
  open(input, input + length, isLastWindow);
  let result = layout.MORE;
  while (canWrite()) {
    copyUnits();
    const isEnd = at === end;
    searchText(isEnd && isLast);
    if (!isEnd) continue;
    if (isLast) result = layout.DONE;
    break;
  }
  set(layout.CONSUMED, u32(at - input));
  return result;
}

/** Copies units and columns into the scratch. */
function copyUnits(): void {
  const limit = fixed(layout.CAPACITY) - BLOCK;
  const units: usize = fixed(layout.UNITS);
  const columns: usize = fixed(layout.COLUMNS);
  const beyond = i16x8.splat(BEYOND_ASCII);
  let fill = get(layout.FILL);
  let p = at;
  while (fill <= limit && p < end) {
    if (end - p >= BLOCK_BYTES) {
      const low = v128.load(p);
      const high = v128.load(p, 16);
      v128.store(units + (fill << 1), low);
      v128.store(units + (fill << 1), high, 16);
      if (!v128.any_true(v128.and(v128.or(low, high), beyond))) {
        v128.store(columns + fill, i8x16.narrow_i16x8_u(low, high));
        fill += BLOCK;
        p += BLOCK_BYTES;
        continue;
      }
    }
    const blockEnd = min<usize>(end, p + BLOCK_BYTES);
    for (; p < blockEnd; p += 2) {
      const unit = u32(load<u16>(p));
      store<u16>(units + (fill << 1), unit);
      store<u8>(columns + fill, unit < 0x80 ? unit : 0);
      fill++;
    }
  }
  set(layout.FILL, fill);
  moveTo(p);
}
