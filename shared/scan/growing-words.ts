/** Numbers, of which the count is not known ahead. Many of them grow in place: a copy would take long. */
export class GrowingWords {
  words: Uint32Array;
  length = 0;
  readonly #most: number;
  #buffer: ArrayBuffer | undefined;

  /** @param most more are never pushed */
  constructor(expected: number, most: number) {
    this.#most = most;
    this.words = new Uint32Array(Math.min(most, Math.max(MIN, Math.min(expected, COPIED_MAX))));
  }

  push(more: Uint32Array): void {
    const length = this.length + more.length;
    if (length > this.words.length) this.#grow(length);
    this.words.set(more, this.length);
    this.length = length;
  }

  /** What was pushed; of few numbers, an array of that size. */
  get taken(): Uint32Array {
    if (this.#buffer) return new Uint32Array(this.#buffer, 0, this.length);
    return this.length === this.words.length ? this.words : this.words.slice(0, this.length);
  }

  #grow(needed: number): void {
    const size = Math.min(this.#most, Math.max(needed, 2 * this.words.length));
    if (this.#buffer) {
      this.#buffer.resize(BYTES * size);
      return;
    }
    const inPlace = size > COPIED_MAX;
    const options = inPlace ? { maxByteLength: BYTES * this.#most } : undefined;
    const buffer = new ArrayBuffer(BYTES * size, options);
    if (inPlace) this.#buffer = buffer;
    const larger = new Uint32Array(buffer);
    larger.set(this.words.subarray(0, this.length));
    this.words = larger;
  }
}

const BYTES = Uint32Array.BYTES_PER_ELEMENT;
const MIN = 64;
/** Copying so many takes less than a tenth of a millisecond. */
const COPIED_MAX = 65_536;
