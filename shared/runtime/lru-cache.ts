import { hash } from 'node:crypto';

/**
 * A bounded in-memory cache of results by the hash of a text. Conversations resend their history on
 * every turn, so all but the newest texts are cached.
 */
export class LruCache<Value> {
  readonly #valueByHash = new Map<string, Value>();
  /** Goes on from the last key: a new iterator would pass every deleted entry again. */
  readonly #oldest = this.#valueByHash.keys();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
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

  set(key: string, value: Value): void {
    this.#valueByHash.delete(key);
    this.#valueByHash.set(key, value);
    if (this.#valueByHash.size <= this.#entriesMax) return;
    const oldest = this.#oldest.next();
    if (!oldest.done) this.#valueByHash.delete(oldest.value);
  }
}
