// Context words near a value. Words match whole parts of identifiers: `ssn` matches in
// `customer_ssn`, `user-ssn` and `customerSSN` but not in `lessness`.

import { codeAt } from './characters.ts';

/** How many characters before and after a value may hold a context word. */
export const CONTEXT_BEFORE = 64;
export const CONTEXT_AFTER = 32;

/** Maximum separators where a context word has a space: `social  security`, `socialSecurity`. */
const GAP_MAX = 3;
/** CJK begins here. It has no spaces between words, so every position is a boundary. */
const UNSPACED_SCRIPTS = 0x2e80;
const SMALL_S = 0x73;

interface Node {
  readonly next: Map<number, Node>;
  /** A context word ends here. */
  ends: boolean;
  /** A context word has a space here. */
  gap: boolean;
}

/** Tests whether a context word is near `[start, end)` of `text`. */
export type ContextTest = (text: string, start: number, end: number) => boolean;

/**
 * Compiles lower-case context words; any character other than a letter or digit counts as a space.
 */
export function compileContext(words: readonly string[]): ContextTest {
  const root = node();
  for (const word of words) {
    let at = root;
    for (let place = 0; place < word.length; place++) {
      const code = word.charCodeAt(place);
      if (isDigit(code) || isLetter(code)) {
        let child = at.next.get(code);
        if (!child) at.next.set(code, (child = node()));
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
    const code = codeAt(text, at);
    if (isLetter(code) && isPartStart(text, at) && isAt(root, text, at, to)) return true;
  }
  return false;
}

function isAt(root: Node, text: string, start: number, to: number): boolean {
  let state = root;
  let separators = 0;
  for (let at = start; at < to; at++) {
    const code = codeAt(text, at);
    if (isLetter(code) || isDigit(code)) {
      const next = state.next.get(lowerCase(code));
      if (!next) return false;
      state = next;
      separators = 0;
      if (state.ends && isWordEnd(text, at + 1)) return true;
    } else if (!state.gap || ++separators > GAP_MAX) return false;
  }
  return false;
}

/** Allows the `s` of a plural. */
function isWordEnd(text: string, at: number): boolean {
  if (isPartEnd(text, at)) return true;
  return lowerCase(codeAt(text, at)) === SMALL_S && isPartEnd(text, at + 1);
}

export function isPartStart(text: string, at: number): boolean {
  if (at === 0 || !isLetter(codeAt(text, at - 1))) return true;
  return isCamelBoundary(text, at);
}

export function isPartEnd(text: string, at: number): boolean {
  return at >= text.length || !isLetter(codeAt(text, at)) || isCamelBoundary(text, at);
}

/** Whether a letter that follows a letter begins a new part: `customer|Ssn`, `SSN|Number`. */
function isCamelBoundary(text: string, at: number): boolean {
  const code = codeAt(text, at);
  const before = codeAt(text, at - 1);
  if (code >= UNSPACED_SCRIPTS || before >= UNSPACED_SCRIPTS) return true;
  if (!isUpperCase(code)) return false;
  return !isUpperCase(before) || (at + 1 < text.length && isLowerCase(codeAt(text, at + 1)));
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isLetter(code: number): boolean {
  if (code < 0x80) return isLowerCase(code | 0x20);
  if (code < 0xc0 || code === 0xd7 || code === 0xf7) return false;
  // Excludes general and CJK punctuation, and the forms that normalize to ASCII.
  return (code < 0x2000 || code > 0x206f) && (code < 0x3000 || code > 0x303f) && code < 0xff00;
}

function isLowerCase(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

function isUpperCase(code: number): boolean {
  return code >= 0x41 && code <= 0x5a;
}

export function lowerCase(code: number): number {
  if (code < 0x80) return isUpperCase(code) ? code | 0x20 : code;
  return String.fromCharCode(code).toLowerCase().charCodeAt(0);
}

function node(): Node {
  return { next: new Map(), ends: false, gap: false };
}
