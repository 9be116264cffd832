// Remembers what was found in a text, by its hash: a conversation sends its whole history again on
// every turn, so all but the newest texts are known. A bounded map in order of last use; what it
// holds never leaves the process.

import { hash } from 'node:crypto';

export class LruCache<Value> {
  readonly #valueByHash = new Map<string, Value>();
  readonly #entriesMax: number;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** SHA-256, a unit for each byte. */
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
    this.#valueByHash.set(key, value);
    if (this.#valueByHash.size <= this.#entriesMax) return;
    const [oldest] = this.#valueByHash.keys();
    if (oldest !== undefined) this.#valueByHash.delete(oldest);
  }
}
