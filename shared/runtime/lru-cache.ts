import { hash } from 'node:crypto';

/** Bounds what all values together take, in any unit. */
interface Weights<Value> {
  readonly max: number;
  readonly of: (value: Value) => number;
}

/**
 * A bounded in-memory cache of results by the hash of a text. Conversations resend their history on
 * every turn, so all but the newest texts are cached.
 */
export class LruCache<Value> {
  readonly #valueByHash = new Map<string, Value>();
  /** Goes on from the last key: a new iterator would pass every deleted entry again. */
  readonly #oldest = this.#valueByHash.keys();
  readonly #entriesMax: number;
  readonly #weights: Weights<Value> | undefined;
  #weight = 0;

  constructor(entriesMax: number, weights?: Weights<Value>) {
    this.#entriesMax = entriesMax;
    this.#weights = weights;
  }

  /** SHA-256 as a string with one character per byte. */
  static keyOf(text: string): string {
    return hash('sha256', text, 'binary');
  }

  get(key: string): Value | undefined {
    const value = this.#valueByHash.get(key);
    if (value === undefined) return undefined;
    this.#valueByHash.delete(key);
    this.#valueByHash.set(key, value);
    return value;
  }

  /** A value that is heavier than all values together may be is not kept. */
  set(key: string, value: Value): void {
    this.#delete(key);
    const weight = this.#weights?.of(value) ?? 0;
    const weightMax = this.#weights?.max ?? Infinity;
    if (weight > weightMax) return;
    this.#valueByHash.set(key, value);
    this.#weight += weight;
    while (this.#valueByHash.size > this.#entriesMax || this.#weight > weightMax) {
      const oldest = this.#oldest.next();
      if (oldest.done) return;
      this.#delete(oldest.value);
    }
  }

  #delete(key: string): void {
    const value = this.#valueByHash.get(key);
    if (value === undefined) return;
    this.#valueByHash.delete(key);
    this.#weight -= this.#weights?.of(value) ?? 0;
  }
}
