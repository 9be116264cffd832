// Labels in many languages that name the value beside them, as tries in both directions. A label
// matches whole parts of identifiers and any letter case, as context words do.

import { isLetter, isPartEnd, isPartStart, lowerCase } from './context.ts';
import { isDigit, codeAt } from './characters.ts';
import { WordEdges } from './word-edges.ts';

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
  readonly #first: WordEdges;
  readonly #last: WordEdges;

  constructor(labels: ReadonlyArray<readonly [label: string, kind: Kind]>) {
    for (const [label, kind] of labels) {
      add(this.#forward, label, kind);
      add(this.#backward, Array.from(label).toReversed().join(''), kind);
    }
    const words = labels.map(([label]) => label);
    this.#first = new WordEdges(words, 'first');
    this.#last = new WordEdges(words, 'last');
  }

  /** Whether the letters before `end` are such as a label ends with, also as a plural; cheap. */
  mayEndAt(text: string, end: number): boolean {
    return (
      this.#last.mayBeAt(text, end) ||
      (lowerCase(codeAt(text, end - 1)) === SMALL_S && this.#last.mayBeAt(text, end - 1))
    );
  }

  /** Returns the longest label that ends at `end`, also as a plural. */
  endingAt(text: string, end: number): Label | undefined {
    if (!isPartEnd(text, end)) return undefined;
    const isPlural = lowerCase(codeAt(text, end - 1)) === SMALL_S;
    return this.#before(text, end) ?? (isPlural ? this.#before(text, end - 1) : undefined);
  }

  /** Whether the letters at `start` are such as a label starts with; cheap. */
  mayStartAt(text: string, start: number): boolean {
    return this.#first.mayBeAt(text, start);
  }

  /** Returns the longest label that starts at `start`. */
  startingAt(text: string, start: number): Label | undefined {
    if (!this.mayStartAt(text, start)) return undefined;
    if (!isPartStart(text, start)) return undefined;
    let state = this.#forward;
    let found: Label | undefined;
    let separators = 0;
    for (let at = start; at < text.length; at++) {
      const next = step(state, codeAt(text, at));
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
    if (!this.#last.mayBeAt(text, end)) return undefined;
    let state = this.#backward;
    let found: Label | undefined;
    let separators = 0;
    for (let at = end - 1; at >= 0; at--) {
      const next = step(state, codeAt(text, at));
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

/** Whether a label may start: not behind a digit, as `ac` in `0x00ac`. */
function beginsLabel(text: string, at: number): boolean {
  return isPartStart(text, at) && !(isDigit(codeAt(text, at - 1)) && codeAt(text, at) < 0x80);
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
