// Compiles keywords to an Aho-Corasick automaton (CACM 18(6), 1975) for the kernel: a row of 128 columns for
// ASCII in each state, and a table of edges for all other characters, which are few.

import { AUTOMATA_MAX, HEADING, TESTED } from './assembly/layout.ts';
import { COLUMNS, foldedUnits, plainUnits, type Units } from './automaton-units.ts';
import { finished } from '../runtime/finished.ts';
import { RecentResults } from '../runtime/recent-results.ts';
import { ANY, isTested, type Keyword } from './program.ts';
import { isSameWords, type Words } from './words.ts';

export interface Automaton {
  /** Next state at `state * 128 + code`. */
  readonly next: Uint16Array;
  /** States from here on end a keyword. */
  readonly firstStop: number;
  /** Stands for a character that is not ASCII, or NUL; the last state. */
  readonly foreignState: number;
  /** Class by UTF-16 unit, the same for both cases of a letter; 0 for ASCII and what no keyword has. */
  readonly classes: Uint16Array;
  /** Next state of the first one by class. */
  readonly rootNext: Uint16Array;
  /** By state: the state itself or the next one on its way of failures that has an edge for a class, or 0. */
  readonly foreignBase: Uint16Array;
  readonly failures: Uint16Array;
  /** A hash table of edges: `state << 16 | class`, or 0, and their targets. */
  readonly edgeKeys: Uint32Array;
  readonly edgeTargets: Uint16Array;
  /** Range of the words of a stop state. */
  readonly stopOffsets: Uint32Array;
  readonly stopWords: readonly StopWord[];
  /** Length of the longest keyword. */
  readonly lengthMax: number;
  /** The most keywords that end in one state. */
  readonly wordsMax: number;
}

type Transitions = Pick<
  Automaton,
  'next' | 'failures' | 'foreignBase' | 'classes' | 'rootNext' | 'edgeKeys' | 'edgeTargets'
>;

export interface StopWord {
  readonly trigger: number;
  readonly length: number;
  readonly flags: number;
  readonly before: number;
  readonly after: number;
}

/** States of one automaton: their numbers have 16 bits. */
export const STATES_MAX = 60_000;
/** Nodes or keywords compiled between two yields: about a millisecond. */
const STEP = 512;

interface Node {
  /** By unit in lower case. */
  readonly next: Map<number, Node>;
  readonly words: number[];
  /** The last one before it; 0 for the root. */
  readonly unit: number;
  id: number;
  fail: Node | undefined;
}

/** The last ones: kernels of a process share keywords, and compiling thousands takes 100 ms. */
const recent = new RecentResults<Words, readonly Automaton[]>(8, isSameWords);

/**
 * Compiles keywords to as few automata as hold them; they may share what was compiled for another caller.
 * @param firstTrigger the trigger of the first keyword
 * @param fold for folded keywords
 * @throws RangeError if they need more than `AUTOMATA_MAX`
 */
export function buildAutomata(
  keywords: readonly Keyword[],
  firstTrigger: number,
  fold?: Uint16Array,
): Automaton[] {
  return finished(automataSteps(keywords, firstTrigger, fold));
}

/** Like `buildAutomata`, in steps. */
export function* automataSteps(
  keywords: readonly Keyword[],
  firstTrigger: number,
  fold?: Uint16Array,
): Generator<void, Automaton[]> {
  const automata: Automaton[] = [];
  for (const table of [undefined, fold ?? NO_FOLD]) {
    const indexes = [...keywords.keys()].filter(
      (index) => (keywords[index]?.isFolded ?? false) === (table !== undefined),
    );
    const words = { keywords: indexes.flatMap((index) => keywords[index] ?? []), fold: table };
    const triggers = indexes.map((index) => firstTrigger + index);
    let compiled = recent.known(words);
    if (!compiled) {
      compiled = yield* compileSteps(words);
      recent.add(words, compiled);
    }
    yield;
    for (const automaton of compiled) {
      const stopWords = automaton.stopWords.map((word) => ({
        ...word,
        trigger: triggers[word.trigger] ?? 0,
      }));
      automata.push({ ...automaton, stopWords });
      yield;
    }
  }
  if (automata.length > AUTOMATA_MAX) throw new RangeError('there are too many keywords');
  return automata;
}

/** Of a program without folded keywords. */
const NO_FOLD = new Uint16Array();

function* compileSteps({ keywords, fold }: Words): Generator<void, readonly Automaton[]> {
  const tries: Node[] = [];
  for (let from = 0; from < keywords.length;) {
    if (tries.length === AUTOMATA_MAX) throw new RangeError('there are too many keywords');
    const { root, to } = yield* buildTrie(keywords, from);
    tries.push(root);
    from = to;
  }
  const automata: Automaton[] = [];
  for (const root of tries) automata.push(yield* compileTrie(root, keywords, fold));
  return automata;
}

/** A trie of the keywords from `from` on, as far as one automaton holds them. */
function* buildTrie(
  keywords: readonly Keyword[],
  from: number,
): Generator<void, { root: Node; to: number }> {
  const root = newNode(0);
  let states = 2;
  for (let index = from; index < keywords.length; index++) {
    const text = keywords[index]?.text ?? '';
    if (states + text.length > STATES_MAX) return { root, to: index };
    let at = root;
    for (let unitAt = 0; unitAt < text.length; unitAt++) {
      const unit = text.charCodeAt(unitAt);
      let child = at.next.get(unit);
      if (!child) {
        at.next.set(unit, (child = newNode(unit)));
        states += 1;
      }
      at = child;
    }
    at.words.push(index);
    if (index % STEP === 0) yield;
  }
  return { root, to: keywords.length };
}

function* compileTrie(
  root: Node,
  keywords: readonly Keyword[],
  fold: Uint16Array | undefined,
): Generator<void, Automaton> {
  const nodes = yield* withFailures(root);
  const stopping = nodes.filter(({ words }) => words.length > 0);
  const passing = nodes.filter(({ words }) => words.length === 0);
  for (const [id, node] of [...passing, ...stopping].entries()) node.id = id;
  const words = stopping.map((node) => node.words);
  yield;
  const units = fold ? foldedUnits(fold) : plainUnits(unitsIn(nodes));
  yield;
  return {
    ...(yield* transitions(nodes, units)),
    firstStop: passing.length,
    foreignState: nodes.length,
    stopOffsets: Uint32Array.from(offsetsOf(words)),
    stopWords: words.flat().map((index): StopWord => {
      const { text = '', isHeading, before = ANY, after = ANY } = keywords[index] ?? {};
      const flags = (isTested({ before, after }) ? TESTED : 0) | (isHeading ? HEADING : 0);
      return { trigger: index, length: text.length, flags, before, after };
    }),
    lengthMax: most(words.flat().map((index) => keywords[index]?.text.length ?? 0)),
    wordsMax: most(words.map(({ length }) => length)),
  };
}

/** Of more numbers than a call can have arguments. */
function most(counts: readonly number[]): number {
  return counts.reduce((one, other) => Math.max(one, other), 0);
}

function* offsetsOf(lists: readonly (readonly unknown[])[]): Generator<number> {
  let offset = 0;
  yield offset;
  for (const { length } of lists) yield (offset += length);
}

function unitsIn(nodes: readonly Node[]): Set<number> {
  return new Set(nodes.flatMap((node) => [...node.next.keys()]));
}

function* transitions(
  nodes: readonly Node[],
  { unitsOf, dropped, classOf }: Units,
): Generator<void, Transitions> {
  const [root] = nodes;
  const states = nodes.length;
  const next = new Uint16Array((states + 1) * COLUMNS);
  const failures = new Uint16Array(states + 1);
  const foreignBase = new Uint16Array(states + 1);
  const edges: [state: number, unitClass: number, target: number][] = [];
  const classByUnit = new Map<number, number>();
  // Breadth first: the row of a failure state is complete before it is copied.
  for (const [at, node] of nodes.entries()) {
    if (at % STEP === 0) yield;
    const row = node.id * COLUMNS;
    const fail = node.fail ?? root;
    if (fail && node !== root) {
      next.copyWithin(row, fail.id * COLUMNS, (fail.id + 1) * COLUMNS);
      failures[node.id] = fail.id;
      foreignBase[node.id] = foreignBase[fail.id] ?? 0;
    }
    next[row] = states;
    for (const unit of dropped(node.unit)) next[row + unit] = node.id;
    for (const [unit, child] of node.next) {
      if (unit > 0 && unit < COLUMNS) {
        for (const each of unitsOf(unit)) if (each < COLUMNS) next[row + each] = child.id;
        continue;
      }
      const unitClass = classByUnit.get(unit) ?? classByUnit.size + 1;
      classByUnit.set(unit, unitClass);
      edges.push([node.id, unitClass, child.id]);
      if (node !== root) foreignBase[node.id] = node.id;
    }
  }
  const rootNext = new Uint16Array(classByUnit.size + 1);
  for (const [state, unitClass, target] of edges) if (state === 0) rootNext[unitClass] = target;
  const classes = Uint16Array.from({ length: 0x10000 }, (_, unit) => classOf(unit, classByUnit));
  return { next, failures, foreignBase, classes, rootNext, ...edgeTable(edges) };
}

function edgeTable(edges: readonly (readonly [number, number, number])[]) {
  const size = 2 ** Math.ceil(Math.log2(2 * edges.length + 2));
  const edgeKeys = new Uint32Array(size);
  const edgeTargets = new Uint16Array(size);
  for (const [state, unitClass, target] of edges) {
    if (state === 0) continue;
    const key = ((state << 16) | unitClass) >>> 0;
    let slot = edgeSlot(key) & (size - 1);
    while (edgeKeys[slot] !== 0) slot = (slot + 1) & (size - 1);
    edgeKeys[slot] = key;
    edgeTargets[slot] = target;
  }
  return { edgeKeys, edgeTargets };
}

/** The same as in the kernel. */
function edgeSlot(key: number): number {
  return Math.imul(key, 0x9e3779b1) >>> 12;
}

/** All nodes breadth first, with failure links and the words that end in them, longest first. */
function* withFailures(root: Node): Generator<void, Node[]> {
  const queue = [root];
  for (const [at, node] of queue.entries()) {
    if (at % STEP === 0) yield;
    for (const [unit, child] of node.next) {
      let fail = node.fail;
      while (fail && !fail.next.has(unit)) fail = fail.fail;
      child.fail = fail?.next.get(unit) ?? root;
      child.words.push(...child.fail.words);
      queue.push(child);
    }
  }
  return queue;
}

function newNode(unit: number): Node {
  return { next: new Map(), words: [], unit, id: 0, fail: undefined };
}
