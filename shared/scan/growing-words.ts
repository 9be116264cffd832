/** Numbers of which the count is not known ahead. */
export class GrowingWords {
  words: Uint32Array;
  length = 0;

  constructor(expected: number) {
    this.words = new Uint32Array(Math.max(MIN, expected));
  }

  push(more: Uint32Array): void {
    const length = this.length + more.length;
    if (length > this.words.length) {
      const larger = new Uint32Array(Math.max(2 * this.words.length, length));
      larger.set(this.words.subarray(0, this.length));
      this.words = larger;
    }
    this.words.set(more, this.length);
    this.length = length;
  }

  /** What was pushed, in an array of that size. */
  get taken(): Uint32Array {
    return this.length === this.words.length ? this.words : this.words.slice(0, this.length);
  }
}

const MIN = 64;
