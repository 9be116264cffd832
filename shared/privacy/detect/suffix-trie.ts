// Finds the words that end at a place of a text, in any letter case.

const NONE: readonly never[] = Object.freeze([]);

/** Numbers of an edge: what precedes it, the node after it, and the index of the values there. */
const EDGE = 4;
const NODE = 1;
const VALUES = 2;
const HASH_SHIFT = 8;
/** Fibonacci hashing (The Art of Computer Programming 3, 6.4). */
const FACTOR = 0x9e37_79b1;

/** A trie of the reversed words. */
export class SuffixTrie<Value> {
  readonly #numbers: Uint16Array;
  readonly #radix: number;
  /** A hash table with open addressing; the first number of an edge is its key, and 0 if there is none. */
  readonly #edges: Int32Array;
  readonly #mask: number;
  /** The values of all words that end with what the nodes on the way to a word spell. */
  readonly #values: (readonly Value[])[] = [NONE];
  #nodes = 1;

  /** @param numbers of the characters of the words, from 1 up to below `radix`; 0 for all others */
  constructor(valueByWord: ReadonlyMap<string, Value>, numbers: Uint16Array, radix: number) {
    // Sorted, so that a word comes after those that it ends with.
    const words = Array.from(valueByWord.keys(), reversed).toSorted();
    const slots = 2 ** Math.ceil(1 + Math.log2(1 + countNodes(words)));
    this.#numbers = numbers;
    this.#radix = radix;
    this.#edges = new Int32Array(EDGE * slots);
    this.#mask = slots - 1;
    for (const word of words) {
      const value = valueByWord.get(reversed(word));
      if (value !== undefined) this.#add(word, value);
    }
  }

  /** Returns the value of each word that ends at `end`, the longest one first. */
  endingAt(text: string, end: number): readonly Value[] {
    const edges = this.#edges;
    let node = 0;
    let values = 0;
    for (let at = end - 1; at >= 0; at--) {
      const number = this.#numbers[text.charCodeAt(at)] ?? 0;
      if (number === 0) break;
      const edge = this.#edgeAt(node * this.#radix + number);
      if (edges[edge] === 0) break;
      node = edges[edge + NODE] ?? 0;
      values = edges[edge + VALUES] || values;
    }
    return this.#values[values] ?? NONE;
  }

  #add(word: string, value: Value): void {
    const edges = this.#edges;
    let edge = 0;
    let node = 0;
    let values = 0;
    for (let at = 0; at < word.length; at++) {
      const key = node * this.#radix + (this.#numbers[word.charCodeAt(at)] ?? 0);
      edge = this.#edgeAt(key);
      if (edges[edge] === 0) {
        edges[edge] = key;
        edges[edge + NODE] = this.#nodes++;
      }
      node = edges[edge + NODE] ?? 0;
      values = edges[edge + VALUES] || values;
    }
    edges[edge + VALUES] = this.#values.push([value, ...(this.#values[values] ?? NONE)]) - 1;
  }

  /** Returns the place of an edge, or the empty one where it would be. */
  #edgeAt(key: number): number {
    const edges = this.#edges;
    let edge = (Math.imul(key, FACTOR) >>> HASH_SHIFT) & this.#mask;
    while (edges[EDGE * edge] !== key && edges[EDGE * edge] !== 0) edge = (edge + 1) & this.#mask;
    return EDGE * edge;
  }
}

function reversed(word: string): string {
  return word.split('').toReversed().join('');
}

/** Returns how many nodes a trie of sorted words has, apart from its root. */
function countNodes(words: readonly string[]): number {
  let count = 0;
  let last = '';
  for (const word of words) {
    let common = 0;
    while (common < last.length && word[common] === last[common]) common++;
    count += word.length - common;
    last = word;
  }
  return count;
}
