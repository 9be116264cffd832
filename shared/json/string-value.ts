// One of the texts of a body, as it is written and as it is meant. What workers find out about it on their
// way is there for the next worker: its value, its hash, and that nothing personal is in it.

import { stringAt } from './edit.ts';
import { LruCache } from '../runtime/lru-cache.ts';

export class TextValue {
  /** The JSON string, with its quotes. */
  readonly literal: string;
  #value: string | undefined;
  #key: string | undefined;
  #cleanFor: object | undefined;

  /** `literal` may be a part of a body, all of which is kept in memory as long as it lives. */
  constructor(literal: string) {
    this.literal = literal;
  }

  get value(): string {
    const { literal } = this;
    return (this.#value ??= stringAt(literal, { kind: 'string', start: 0, end: literal.length }));
  }

  /** What it is remembered by: a hash of how it is written. */
  get key(): string {
    return (this.#key ??= LruCache.keyOf(this.literal));
  }

  /** To be told of a text in which a scanner finds nothing. */
  noteClean(scanner: object): void {
    this.#cleanFor = scanner;
  }

  /** Whether it is known that this scanner finds nothing there. */
  isCleanFor(scanner: object): boolean {
    return this.#cleanFor === scanner;
  }
}
