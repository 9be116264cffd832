// Hashes of substrings in constant time (Karp and Rabin, 1987): polynomials over two primes with random
// bases, so nobody can construct two texts with equal hashes.

import { randomInt } from 'node:crypto';

/** The two largest primes below 2^26: products and joined hashes are exact in doubles. */
const FIRST_PRIME = 67_108_859;
const SECOND_PRIME = 67_108_837;
const BASE_MIN = 2 ** 20;
const FIRST_BASE = randomInt(BASE_MIN, FIRST_PRIME);
const SECOND_BASE = randomInt(BASE_MIN, SECOND_PRIME);

/** Hashed characters that are kept at once; at least two of the longest substrings. */
const WINDOW_MIN = 4_096;

export class RollingHash {
  readonly #capacity: number;
  /** Hashes of the text from `#from` to each of the following characters. */
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  /** Powers of the bases by length. */
  readonly #firstPowers: Float64Array;
  readonly #secondPowers: Float64Array;
  #text = '';
  #from = 0;
  #to = 0;

  /** @param lengthMax of a substring */
  constructor(lengthMax: number) {
    this.#capacity = Math.max(WINDOW_MIN, 2 * lengthMax);
    this.#first = new Float64Array(this.#capacity + 1);
    this.#second = new Float64Array(this.#capacity + 1);
    this.#firstPowers = powers(FIRST_BASE, FIRST_PRIME, lengthMax);
    this.#secondPowers = powers(SECOND_BASE, SECOND_PRIME, lengthMax);
  }

  begin(text: string): void {
    this.#text = text;
    this.#from = this.#to = 0;
  }

  /**
   * A positive integer below 2^52 for the `length` characters at `at`, which never decreases within a
   * text: so each character is hashed once or twice.
   */
  of(at: number, length: number): number {
    const end = at + length;
    if (at > this.#to || end > this.#from + this.#capacity) this.#from = this.#to = at;
    if (end > this.#to) this.#extend(end);
    const start = at - this.#from;
    const first =
      (this.#first[start + length] ?? 0) -
      remainder((this.#first[start] ?? 0) * (this.#firstPowers[length] ?? 0), FIRST_PRIME);
    const second =
      (this.#second[start + length] ?? 0) -
      remainder((this.#second[start] ?? 0) * (this.#secondPowers[length] ?? 0), SECOND_PRIME);
    const high = first < 0 ? first + FIRST_PRIME : first;
    const low = second < 0 ? second + SECOND_PRIME : second;
    return high * 2 ** 26 + low + 1;
  }

  #extend(end: number): void {
    let at = this.#to - this.#from;
    let first = at === 0 ? 0 : (this.#first[at] ?? 0);
    let second = at === 0 ? 0 : (this.#second[at] ?? 0);
    for (let index = this.#to; index < end; index += 1) {
      const term = this.#text.charCodeAt(index) + 1;
      first = remainder(first * FIRST_BASE + term, FIRST_PRIME);
      second = remainder(second * SECOND_BASE + term, SECOND_PRIME);
      at += 1;
      this.#first[at] = first;
      this.#second[at] = second;
    }
    this.#to = end;
  }
}

function powers(base: number, prime: number, lengthMax: number): Float64Array {
  const all = new Float64Array(lengthMax + 1);
  let power = 1;
  for (let length = 0; length <= lengthMax; length += 1) {
    all[length] = power;
    power = remainder(power * base, prime);
  }
  return all;
}

/** `value % prime` for integers below 2^53; several times as fast as the operator on doubles. */
function remainder(value: number, prime: number): number {
  const rest = value - Math.floor(value / prime) * prime;
  if (rest < 0) return rest + prime;
  return rest < prime ? rest : rest - prime;
}
