// Finds all keywords in one pass: an Aho-Corasick automaton whose failure links are resolved, so
// that each unit costs two table look-ups (Aho and Corasick, CACM 18(6), 1975). States worth a
// closer look are numbered last, so that one comparison tells them apart.

export interface KeywordAutomaton {
  /** Class by UTF-16 unit; letters of either case share one. */
  readonly classes: Uint8Array | Uint16Array;
  /** Next state at `(state << shift) | class`; 0 is where a text starts. */
  readonly next: Uint16Array | Uint32Array;
  readonly shift: number;
  /** States from this one on end a keyword or were entered by a stop unit. */
  readonly firstStop: number;
  /** Indexes of the keywords that end in a state, by `state - firstStop`. */
  readonly wordsByStop: readonly (readonly number[])[];
}

const OTHER = 0;
/** Shared by all stop units that stand in no keyword. */
const STOP = 1;

interface Node {
  readonly next: Map<number, Node>;
  readonly ends: number[];
  readonly stops: boolean;
  id: number;
  fail: Node | undefined;
}

/**
 * Compiles keywords (not empty; letter case is ignored). The automaton also stops at each of
 * the `stops`, which are UTF-16 units, whatever it has read before.
 */
export function buildKeywordAutomaton(
  words: readonly string[],
  stops: Iterable<number>,
): KeywordAutomaton {
  const { classes, count } = classify(words);
  const stopClasses = new Set([STOP]);
  for (const unit of stops) {
    if (classes[unit] === OTHER) classes[unit] = STOP;
    else stopClasses.add(classes[unit] ?? STOP);
  }
  const root = node(false);
  for (const [index, word] of words.entries()) {
    let at = root;
    for (let place = 0; place < word.length; place++) {
      const unitClass = classes[word.charCodeAt(place)] ?? OTHER;
      let child = at.next.get(unitClass);
      if (!child) at.next.set(unitClass, (child = node(stopClasses.has(unitClass))));
      at = child;
    }
    at.ends.push(index);
  }
  // Where a stop unit leads when no keyword goes on: like the root, but a stop.
  const pause = node(true);
  const states = [...withFailures(root), pause];
  const quiet = states.filter((state) => !state.stops && state.ends.length === 0);
  const loud = states.filter((state) => state.stops || state.ends.length > 0);
  for (const [id, state] of [...quiet, ...loud].entries()) state.id = id;

  const shift = Math.ceil(Math.log2(count));
  const next = new (states.length > 0xffff ? Uint32Array : Uint16Array)(states.length << shift);
  // Breadth first, so that the row of a state's failure is complete before its own is begun.
  for (const state of states) {
    const row = state.id << shift;
    const base = state.fail ?? root;
    if (state !== root) next.copyWithin(row, base.id << shift, (base.id + 1) << shift);
    else for (const unitClass of stopClasses) next[row | unitClass] = pause.id;
    for (const [unitClass, child] of state.next) next[row | unitClass] = child.id;
  }
  const wordsByStop = loud.map((state) => state.ends);
  return { classes, next, shift, firstStop: quiet.length, wordsByStop };
}

/** Numbers the units that stand in keywords from 2 on; both cases of a letter have one number. */
function classify(words: readonly string[]): { classes: Uint8Array | Uint16Array; count: number } {
  if (words.includes('')) throw new RangeError('a keyword must not be empty');
  const units = [...new Set(words.join('').toLowerCase().split(''))];
  const count = STOP + 1 + units.length;
  const classes = new (count > 0x100 ? Uint16Array : Uint8Array)(0x10000);
  for (const [index, unit] of units.entries()) {
    classes[unit.charCodeAt(0)] = STOP + 1 + index;
    const upper = unit.toUpperCase();
    // Not so for ß, which has no upper case of one unit, and for ſ, which shares that of s.
    if (upper.toLowerCase() === unit) classes[upper.charCodeAt(0)] = STOP + 1 + index;
  }
  return { classes, count };
}

/** All nodes breadth first, each with its failure link and with the keywords that end there too. */
function withFailures(root: Node): Node[] {
  const queue = [root];
  for (const state of queue) {
    for (const [unitClass, child] of state.next) {
      let fail = state.fail;
      while (fail && !fail.next.has(unitClass)) fail = fail.fail;
      child.fail = fail?.next.get(unitClass) ?? root;
      child.ends.push(...child.fail.ends);
      queue.push(child);
    }
  }
  return queue;
}

function node(stops: boolean): Node {
  return { next: new Map(), ends: [], stops, id: 0, fail: undefined };
}
