// Whether a word that speaks for a value stands near it. Words are looked for part by part, so that
// `ssn` is found in `customer_ssn`, `user-ssn` and `customerSSN` but not in `lessness`.

/** Units before and after a value within which a context word must stand. */
export const CONTEXT_BEFORE = 64;
export const CONTEXT_AFTER = 32;

/** Separators that may stand where a context word has a space: `social  security`, `socialSecurity`. */
const GAP_MAX = 3;
/** From here on (CJK) words are written without spaces, so that every place is a boundary. */
const UNSPACED_SCRIPTS = 0x2e80;
const SMALL_S = 0x73;

interface Node {
  readonly next: Map<number, Node>;
  /** A context word ends here. */
  ends: boolean;
  /** A context word has a space here. */
  gap: boolean;
}

/** Says whether a context word stands near `[start, end)` of `text`. */
export type ContextTest = (text: string, start: number, end: number) => boolean;

/** Compiles lower-case context words; whatever is no letter or digit in them counts as a space. */
export function compileContext(words: readonly string[]): ContextTest {
  const root = node();
  for (const word of words) {
    let at = root;
    for (let place = 0; place < word.length; place++) {
      const unit = word.charCodeAt(place);
      if (isDigit(unit) || isLetter(unit)) {
        let child = at.next.get(unit);
        if (!child) at.next.set(unit, (child = node()));
        at = child;
      } else at.gap = true;
    }
    at.ends = at !== root;
  }
  return (text, start, end) =>
    isIn(root, text, Math.max(0, start - CONTEXT_BEFORE), start) ||
    isIn(root, text, end, Math.min(text.length, end + CONTEXT_AFTER));
}

function isIn(root: Node, text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (isLetter(unit) && isPartStart(text, at) && isAt(root, text, at, to)) return true;
  }
  return false;
}

function isAt(root: Node, text: string, start: number, to: number): boolean {
  let state = root;
  let separators = 0;
  for (let at = start; at < to; at++) {
    const unit = text.charCodeAt(at);
    if (isLetter(unit) || isDigit(unit)) {
      const next = state.next.get(lowerCase(unit));
      if (!next) return false;
      state = next;
      separators = 0;
      if (state.ends && isWordEnd(text, at + 1)) return true;
    } else if (!state.gap || ++separators > GAP_MAX) return false;
  }
  return false;
}

/** Where a part ends, possibly after the `s` of a plural. */
function isWordEnd(text: string, at: number): boolean {
  if (isPartEnd(text, at)) return true;
  return lowerCase(text.charCodeAt(at)) === SMALL_S && isPartEnd(text, at + 1);
}

function isPartStart(text: string, at: number): boolean {
  if (at === 0 || !isLetter(text.charCodeAt(at - 1))) return true;
  return isHump(text, at);
}

function isPartEnd(text: string, at: number): boolean {
  return at >= text.length || !isLetter(text.charCodeAt(at)) || isHump(text, at);
}

/** Whether a new part begins at a letter that follows a letter: `customer|Ssn`, `SSN|Number`. */
function isHump(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  const before = text.charCodeAt(at - 1);
  if (unit >= UNSPACED_SCRIPTS || before >= UNSPACED_SCRIPTS) return true;
  if (!isUpperCase(unit)) return false;
  return !isUpperCase(before) || (at + 1 < text.length && isLowerCase(text.charCodeAt(at + 1)));
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isLetter(unit: number): boolean {
  if (unit < 0x80) return isLowerCase(unit | 0x20);
  if (unit < 0xc0 || unit === 0xd7 || unit === 0xf7) return false;
  // General and CJK punctuation, and the forms that views fold to ASCII.
  return (unit < 0x2000 || unit > 0x206f) && (unit < 0x3000 || unit > 0x303f) && unit < 0xff00;
}

function isLowerCase(unit: number): boolean {
  return unit >= 0x61 && unit <= 0x7a;
}

function isUpperCase(unit: number): boolean {
  return unit >= 0x41 && unit <= 0x5a;
}

function lowerCase(unit: number): number {
  if (unit < 0x80) return isUpperCase(unit) ? unit | 0x20 : unit;
  return String.fromCharCode(unit).toLowerCase().charCodeAt(0);
}

function node(): Node {
  return { next: new Map(), ends: false, gap: false };
}
