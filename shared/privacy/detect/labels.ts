// Labels in many languages that name the value beside them, as tries in both directions. A label
// matches whole parts of identifiers and any letter case, as context words do.

import { isLetter, isPartEnd, isPartStart, lowerCase } from './context.ts';
import { isDigit } from './characters.ts';

/** Maximum separators where a label has a space or a sign: `social  security`, `socialSecurity`. */
const GAP_MAX = 3;
const SMALL_S = 0x73;

/** What a label means; the meaning of the number is up to the caller. */
export type Kind = number;

/** A label in a text, with `edge` as its end away from the value. */
export interface Label {
  readonly edge: number;
  readonly kinds: readonly Kind[];
}

interface Node {
  readonly next: Map<number, Node>;
  readonly kinds: Kind[];
  /** The label has a space here. */
  gap: boolean;
}

export class Labels {
  readonly #forward = node();
  readonly #backward = node();
  /** Pairs of letters that labels start and end with, which rejects most words at once. */
  readonly #firstPairs = new Uint8Array(PAIRS);
  readonly #lastPairs = new Uint8Array(PAIRS);
  /** Letters that labels end with, for pairs that are not all of it. */
  readonly #lastTriples = new Uint8Array(TRIPLES);

  constructor(labels: Iterable<readonly [label: string, kind: Kind]>) {
    for (const [label, kind] of labels) {
      add(this.#forward, label, kind);
      this.#firstPairs[pairOf(label, 0, 1)] = 1;
      this.#addEnd(label);
      add(this.#backward, Array.from(label).toReversed().join(''), kind);
    }
  }

  #addEnd(label: string): void {
    const pair = pairOf(label, label.length - 1, label.length - 2);
    const isTriple =
      label.length > 2 && [1, 2, 3].every((at) => isOfWord(label, label.length - at));
    this.#lastPairs[pair] = Math.max(this.#lastPairs[pair] ?? 0, isTriple ? WITH_TRIPLE : ALONE);
    this.#lastTriples[tripleOf(label, label.length)] = 1;
  }

  /** Whether the letters before `end` are such as a label ends with, also as a plural; cheap. */
  mayEndAt(text: string, end: number): boolean {
    return (
      this.#mayEnd(text, end) ||
      (lowerCase(text.charCodeAt(end - 1)) === SMALL_S && this.#mayEnd(text, end - 1))
    );
  }

  #mayEnd(text: string, end: number): boolean {
    const pair = this.#lastPairs[pairOf(text, end - 1, end - 2)] ?? 0;
    if (pair !== WITH_TRIPLE) return pair === ALONE;
    // Signs may stand between letters.
    return !isOfWord(text, end - 3) || this.#lastTriples[tripleOf(text, end)] === 1;
  }

  /** Returns the longest label that ends at `end`, also as a plural. */
  endingAt(text: string, end: number): Label | undefined {
    if (!isPartEnd(text, end)) return undefined;
    const isPlural = lowerCase(text.charCodeAt(end - 1)) === SMALL_S;
    return this.#before(text, end) ?? (isPlural ? this.#before(text, end - 1) : undefined);
  }

  /** Whether the letters at `start` are such as a label starts with; cheap. */
  mayStartAt(text: string, start: number): boolean {
    return this.#firstPairs[pairOf(text, start, start + 1)] !== 0;
  }

  /** Returns the longest label that starts at `start`. */
  startingAt(text: string, start: number): Label | undefined {
    if (!this.mayStartAt(text, start)) return undefined;
    if (!isPartStart(text, start)) return undefined;
    let state = this.#forward;
    let found: Label | undefined;
    let separators = 0;
    for (let at = start; at < text.length; at++) {
      const next = step(state, text.charCodeAt(at));
      if (next === undefined) break;
      separators = next === state ? separators + 1 : 0;
      if (separators > GAP_MAX) break;
      state = next;
      if (separators === 0 && state.kinds.length > 0 && isPartEnd(text, at + 1))
        found = { edge: at + 1, kinds: state.kinds };
    }
    return found;
  }

  #before(text: string, end: number): Label | undefined {
    if (!this.#mayEnd(text, end)) return undefined;
    let state = this.#backward;
    let found: Label | undefined;
    let separators = 0;
    for (let at = end - 1; at >= 0; at--) {
      const next = step(state, text.charCodeAt(at));
      if (next === undefined) break;
      separators = next === state ? separators + 1 : 0;
      if (separators > GAP_MAX) break;
      state = next;
      if (separators === 0 && state.kinds.length > 0 && beginsLabel(text, at))
        found = { edge: at, kinds: state.kinds };
    }
    return found;
  }
}

/** Pairs of letters at one end of words, which rejects most others at once. */
export class WordPairs {
  readonly #pairs = new Uint8Array(PAIRS);

  constructor(words: Iterable<string>, end: 'first' | 'last') {
    for (const word of words) {
      const one = end === 'first' ? 0 : word.length - 1;
      const other = end === 'first' ? 1 : word.length - 2;
      if (word.length > 1) this.#pairs[pairOf(word, one, other)] = 1;
      // Anything may be beside a single letter.
      else
        for (let hash = 0; hash < 128; hash++)
          this.#pairs[(hashOf(word.charCodeAt(0)) << 7) | hash] = 1;
    }
  }

  /** Whether the characters at `one` and further in at `other` are such a pair. */
  has(text: string, one: number, other: number): boolean {
    return this.#pairs[pairOf(text, one, other)] === 1;
  }
}

const PAIRS = 1 << 14;
const TRIPLES = 1 << 15;
const UNKNOWN = 0xff;
/** By character, filled as characters are met. */
const HASHES = new Uint8Array(0x10000).fill(UNKNOWN);
const WITH_TRIPLE = 1;
const ALONE = 2;

/** Hash of the three characters before `end`, as that of two. */
function tripleOf(text: string, end: number): number {
  const third = hashOf(text.charCodeAt(end - 3));
  return (pairOf(text, end - 1, end - 2) ^ Math.imul(third, 0x9e5)) & (TRIPLES - 1);
}

function isOfWord(text: string, at: number): boolean {
  return hashOf(text.charCodeAt(at)) !== 0;
}

/** Hash of two characters, the same for both letter cases and for any sign. */
function pairOf(text: string, one: number, other: number): number {
  return ((hashOf(text.charCodeAt(one)) << 7) | hashOf(text.charCodeAt(other))) & (PAIRS - 1);
}

function hashOf(code: number): number {
  const known = HASHES[code | 0] ?? 0;
  if (known !== UNKNOWN) return known;
  return (HASHES[code] = isLetter(code) || isDigit(code) ? lowerCase(code) & 127 : 0);
}

/** Whether a label may start: not behind a digit, as `ac` in `0x00ac`. */
function beginsLabel(text: string, at: number): boolean {
  return isPartStart(text, at) && !(isDigit(text.charCodeAt(at - 1)) && text.charCodeAt(at) < 0x80);
}

/** Returns the next state, the same one for a separator in a gap, or undefined. */
function step(state: Node, code: number): Node | undefined {
  if (isLetter(code) || isDigit(code)) return state.next.get(lowerCase(code));
  return state.gap ? state : undefined;
}

function add(root: Node, label: string, kind: Kind): void {
  let at = root;
  for (let place = 0; place < label.length; place++) {
    const code = label.charCodeAt(place);
    if (isLetter(code) || isDigit(code)) {
      let child = at.next.get(code);
      if (!child) at.next.set(code, (child = node()));
      at = child;
    } else at.gap = true;
  }
  at.kinds.push(kind);
}

function node(): Node {
  return { next: new Map(), kinds: [], gap: false };
}
