// Finds the words that end at a place of a text, in any letter case.

const NONE: readonly never[] = Object.freeze([]);

/** Characters at the end of a word that lead to its node at once. */
const ENDING = 4;
const HASH_SHIFT = 8;
/** Fibonacci hashing (The Art of Computer Programming 3, 6.4). */
const FACTOR = 0x9e37_79b1;
const OTHER_FACTOR = 0x85eb_ca6b;
const HASH_FOLD = 15;

/** Bits for the lengths of shorter words. */
const ONE = 1 << 1;
const TWO = 1 << 2;
const THREE = 1 << 3;

/** Numbers of an ending: its last two characters, the two before, and its node. */
const ENDING_SIZE = 4;
/** Numbers of an edge: what precedes it, and the node after it. */
const EDGE_SIZE = 2;
/** Numbers of a node: its other characters, from where to where; the index of its values; whether edges follow. */
const NODE_SIZE = 4;
const LABEL_END = 1;
const VALUES = 2;
const HAS_EDGES = 3;

const KEY_MAX = 0x7fff_ffff;

/** A trie of the reversed words, with the characters between two forks in one node. */
export class SuffixTrie<Value> {
  readonly #numbers: Uint16Array;
  readonly #radix: number;
  /** Hash tables with open addressing; the first number is 0 if there is none. */
  readonly #endings: Int32Array;
  readonly #edges: Int32Array;
  readonly #nodes: Int32Array;
  readonly #labels: Uint16Array;
  /** By last character, a bit for each length of a word that has fewer characters than an ending. */
  readonly #shortLengths: Uint8Array;
  /** The values of all words that end with what the nodes on the way to a word spell. */
  readonly #values: (readonly Value[])[] = [NONE];
  #nodeCount = 1;
  #labelCount = 0;

  /**
   * @param numbers of the characters of the words, from 1 up to below `radix`; 0 for all others
   * @throws RangeError if there are too many words and characters
   */
  constructor(valueByWord: ReadonlyMap<string, Value>, numbers: Uint16Array, radix: number) {
    // Sorted, so that a word comes after those that it ends with.
    const words = Array.from(valueByWord.keys(), reversed).toSorted();
    if (Math.max(2 * words.length, radix) * radix > KEY_MAX)
      throw new RangeError('too many different words and characters');
    this.#numbers = numbers;
    this.#radix = radix;
    // Each word adds at most two nodes to a trie.
    const slots = 2 ** Math.ceil(1 + Math.log2(2 + 2 * words.length));
    this.#endings = new Int32Array(ENDING_SIZE * slots);
    this.#edges = new Int32Array(EDGE_SIZE * slots);
    this.#nodes = new Int32Array(NODE_SIZE * slots);
    this.#shortLengths = new Uint8Array(radix);
    for (const word of words) {
      const last = this.#numberAt(word, 0);
      if (word.length < ENDING)
        this.#shortLengths[last] = (this.#shortLengths[last] ?? 0) | (1 << word.length);
    }
    this.#labels = new Uint16Array(words.reduce((sum, { length }) => sum + length, 0));
    const valueOf = (word: string): Value | undefined => valueByWord.get(reversed(word));
    for (const [ending, group] of groupBy(words, (word) => word.slice(0, ENDING))) {
      const shorter = [3, 2, 1].find((length) => this.#nodeOf(ending.slice(0, length)) !== 0);
      const node = shorter === undefined ? 0 : this.#nodeOf(ending.slice(0, shorter));
      const values = this.#nodes[NODE_SIZE * node + VALUES] ?? 0;
      this.#addEnding(ending, this.#add(group, ending.length, ending.length, values, valueOf));
    }
  }

  /**
   * Returns the index of the values of the words that end with the character at `at`, 0 if there is none.
   * Reads up to as many characters as the longest word has, which must be there.
   */
  find(text: Uint16Array, at: number): number {
    const numbers = this.#numbers;
    const radix = this.#radix;
    const first = numbers[text[at] ?? 0] ?? 0;
    const second = numbers[text[at - 1] ?? 0] ?? 0;
    const third = numbers[text[at - 2] ?? 0] ?? 0;
    const fourth = numbers[text[at - 3] ?? 0] ?? 0;
    const last = first * radix + second;
    if (second !== 0 && third !== 0 && fourth !== 0) {
      const node = this.#nodeAt(last, third * radix + fourth);
      if (node !== 0) return this.#walk(text, at - ENDING, node);
    }
    const lengths = this.#shortLengths[first] ?? 0;
    if (lengths === 0) return 0;
    let node = 0;
    if ((lengths & THREE) !== 0 && second !== 0) node = this.#nodeAt(last, third * radix);
    if (node === 0 && (lengths & TWO) !== 0) node = this.#nodeAt(last, 0);
    if (node === 0 && (lengths & ONE) !== 0) node = this.#nodeAt(first * radix, 0);
    return this.#nodes[NODE_SIZE * node + VALUES] ?? 0;
  }

  /** Returns the values at an index, that of the longest word first. */
  valuesAt(index: number): readonly Value[] {
    return this.#values[index] ?? NONE;
  }

  /** Follows the edges of a node as far as the text before `at` spells the characters of the next ones. */
  #walk(text: Uint16Array, at: number, from: number): number {
    const nodes = this.#nodes;
    const numbers = this.#numbers;
    let values = nodes[NODE_SIZE * from + VALUES] ?? 0;
    let node = from;
    while (nodes[NODE_SIZE * node + HAS_EDGES] !== 0) {
      const number = numbers[text[at--] ?? 0] ?? 0;
      if (number === 0) break;
      node = this.#edges[this.#edgeOf(node * this.#radix + number) + 1] ?? 0;
      const end = nodes[NODE_SIZE * node + LABEL_END] ?? 0;
      for (let each = nodes[NODE_SIZE * node] ?? 0; each < end; each++)
        if (numbers[text[at--] ?? 0] !== this.#labels[each]) return values;
      values = nodes[NODE_SIZE * node + VALUES] || values;
    }
    return values;
  }

  /** Adds a node for reversed words that have the first `end` characters in common, and those below it. */
  #add(
    words: readonly string[],
    start: number,
    end: number,
    before: number,
    valueOf: (word: string) => Value | undefined,
  ): number {
    const node = this.#nodeCount++;
    const [first = ''] = words;
    const value = first.length === end ? valueOf(first) : undefined;
    const longer = value === undefined ? words : words.slice(1);
    const values =
      value === undefined ? before : this.#values.push([value, ...this.valuesAt(before)]) - 1;
    const label = this.#labelCount;
    for (let at = start; at < end; at++)
      this.#labels[this.#labelCount++] = this.#numberAt(first, at);
    this.#nodes.set([label, this.#labelCount, values, longer.length], NODE_SIZE * node);
    for (const [char, group] of groupBy(longer, (word) => word.charAt(end))) {
      const common = commonLength(group[0] ?? '', group.at(-1) ?? '');
      const key = node * this.#radix + this.#numberAt(char, 0);
      const below = this.#add(group, end + 1, common, values, valueOf);
      this.#edges.set([key, below], this.#edgeOf(key));
    }
    return node;
  }

  #addEnding(ending: string, node: number): void {
    const [last, before] = this.#keysOf(ending);
    this.#endings.set([last, before, node], this.#endingOf(last, before));
  }

  #nodeOf(ending: string): number {
    return this.#nodeAt(...this.#keysOf(ending));
  }

  #keysOf(ending: string): [last: number, before: number] {
    const [first = 0, second = 0, third = 0, fourth = 0] = Array.from(
      { length: ending.length },
      (_, at) => this.#numberAt(ending, at),
    );
    return [first * this.#radix + second, third * this.#radix + fourth];
  }

  #numberAt(word: string, at: number): number {
    return this.#numbers[word.charCodeAt(at)] ?? 0;
  }

  #nodeAt(last: number, before: number): number {
    return this.#endings[this.#endingOf(last, before) + 2] ?? 0;
  }

  /** Returns the place of an ending, or the empty one where it would be. */
  #endingOf(last: number, before: number): number {
    const endings = this.#endings;
    const mask = endings.length - 1;
    const hash = Math.imul(last, FACTOR) ^ Math.imul(before, OTHER_FACTOR);
    let at = (ENDING_SIZE * (hash ^ (hash >>> HASH_FOLD))) & mask;
    while (endings[at] !== 0 && (endings[at] !== last || endings[at + 1] !== before))
      at = (at + ENDING_SIZE) & mask;
    return at;
  }

  /** Returns the place of an edge, or the empty one where it would be. */
  #edgeOf(key: number): number {
    const edges = this.#edges;
    const mask = edges.length - 1;
    let at = (EDGE_SIZE * (Math.imul(key, FACTOR) >>> HASH_SHIFT)) & mask;
    while (edges[at] !== key && edges[at] !== 0) at = (at + EDGE_SIZE) & mask;
    return at;
  }
}

function reversed(word: string): string {
  return word.split('').toReversed().join('');
}

/** Groups sorted words by something that they begin with. */
function groupBy(words: readonly string[], keyOf: (word: string) => string): [string, string[]][] {
  const groups: [string, string[]][] = [];
  for (const word of words) {
    const last = groups.at(-1);
    const key = keyOf(word);
    if (last?.[0] === key) last[1].push(word);
    else groups.push([key, [word]]);
  }
  return groups;
}

/** Returns how many characters the first and the last of sorted words begin with in common. */
function commonLength(first: string, last: string): number {
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return length;
}
