import { stringAt } from './edit.ts';
import { LruCache } from '../runtime/lru-cache.ts';

/**
 * A text of a request body. Caches what one stage computes for the next: its value, its hash, and
 * that a scanner found nothing in it.
 */
export class TextValue {
  /** The JSON string literal with its quotes. */
  readonly literal: string;
  #value: string | undefined;
  #key: string | undefined;
  #cleanFor: object | undefined;

  /** `literal` may be a slice, which keeps the body in memory. */
  constructor(literal: string) {
    this.literal = literal;
  }

  get value(): string {
    const { literal } = this;
    return (this.#value ??= stringAt(literal, { kind: 'string', start: 0, end: literal.length }));
  }

  /** Cache key: a hash of the literal. */
  get key(): string {
    return (this.#key ??= LruCache.keyOf(this.literal));
  }

  /** Records that `scanner` found nothing. */
  markClean(scanner: object): void {
    this.#cleanFor = scanner;
  }

  /** Whether `scanner` is known to find nothing. */
  isCleanFor(scanner: object): boolean {
    return this.#cleanFor === scanner;
  }
}
