// Finds all keywords in one pass: an Aho-Corasick automaton with resolved failure links, so each
// character costs two table look-ups (CACM 18(6), 1975). States that end a keyword are numbered last,
// so one comparison detects them.

export interface KeywordAutomaton {
  /** Class by UTF-16 code unit; both cases of a letter share one. */
  readonly classes: Uint8Array | Uint16Array;
  /** Next state at `(state << shift) | class`; 0 is the initial state. */
  readonly next: Uint16Array | Uint32Array;
  readonly shift: number;
  /** States from here on end a keyword. */
  readonly firstStop: number;
  /** Indexes of the keywords that end in a state, by `state - firstStop`. */
  readonly wordsByStop: readonly (readonly number[])[];
}

/** Class of all characters that occur in no keyword. */
const OTHER = 0;

interface Node {
  readonly next: Map<number, Node>;
  readonly ends: number[];
  id: number;
  fail: Node | undefined;
}

/**
 * Compiles keywords, ignoring letter case.
 * @throws RangeError if a keyword is empty
 */
export function buildKeywordAutomaton(words: readonly string[]): KeywordAutomaton {
  const { classes, count } = classify(words);
  const root = node();
  for (const [index, word] of words.entries()) {
    let at = root;
    for (let place = 0; place < word.length; place++) {
      const charClass = classes[word.charCodeAt(place)] ?? OTHER;
      let child = at.next.get(charClass);
      if (!child) at.next.set(charClass, (child = node()));
      at = child;
    }
    at.ends.push(index);
  }
  const states = withFailures(root);
  const passing = states.filter((state) => state.ends.length === 0);
  const stopping = states.filter((state) => state.ends.length > 0);
  for (const [id, state] of [...passing, ...stopping].entries()) state.id = id;

  const shift = Math.ceil(Math.log2(count));
  const next = new (states.length > 0xffff ? Uint32Array : Uint16Array)(states.length << shift);
  // Breadth first: the row of a failure state is complete before it is copied.
  for (const state of states) {
    const row = state.id << shift;
    const base = state.fail ?? root;
    if (state !== root) next.copyWithin(row, base.id << shift, (base.id + 1) << shift);
    for (const [charClass, child] of state.next) next[row | charClass] = child.id;
  }
  const wordsByStop = stopping.map((state) => state.ends);
  return { classes, next, shift, firstStop: passing.length, wordsByStop };
}

/** Numbers the characters of keywords from 1; both cases of a letter share a number. */
function classify(words: readonly string[]): { classes: Uint8Array | Uint16Array; count: number } {
  if (words.includes('')) throw new RangeError('a keyword must not be empty');
  const chars = [...new Set(words.join('').toLowerCase().split(''))];
  const count = OTHER + 1 + chars.length;
  const classes = new (count > 0x100 ? Uint16Array : Uint8Array)(0x10000);
  for (const [index, char] of chars.entries()) {
    classes[char.charCodeAt(0)] = OTHER + 1 + index;
    const upper = char.toUpperCase();
    // Skips ß, whose upper case is two characters, and ſ, whose upper case belongs to s.
    if (upper.toLowerCase() === char) classes[upper.charCodeAt(0)] = OTHER + 1 + index;
  }
  return { classes, count };
}

/** Returns all nodes breadth first, with failure links and inherited keyword ends. */
function withFailures(root: Node): Node[] {
  const queue = [root];
  for (const state of queue) {
    for (const [charClass, child] of state.next) {
      let fail = state.fail;
      while (fail && !fail.next.has(charClass)) fail = fail.fail;
      child.fail = fail?.next.get(charClass) ?? root;
      child.ends.push(...child.fail.ends);
      queue.push(child);
    }
  }
  return queue;
}

function node(): Node {
  return { next: new Map(), ends: [], id: 0, fail: undefined };
}
