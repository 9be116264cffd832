import { createHash } from 'node:crypto';
import { stringSteps } from './edit.ts';
import { integerSteps } from './integer-text.ts';
import { finished } from '../runtime/finished.ts';
import { LruCache } from '../runtime/lru-cache.ts';

/** Characters hashed between two yields. */
const HASH_CHARS = 262_144;
const LOW_SURROGATE = 0xdc00;

/** Shorter texts are decoded in less than a millisecond. */
const LONG_CHARS = 65_536;

/**
 * A text of a request body. Caches what one stage computes for the next: its value, its hash, and
 * that a scanner found nothing in it.
 */
export class TextValue {
  /** The JSON string literal with its quotes, or a number. */
  readonly literal: string;
  #value: string | undefined;
  #key: string | undefined;
  #cleanFor: object | undefined;

  /** `literal` may be a slice, which keeps the body in memory. */
  constructor(literal: string) {
    this.literal = literal;
  }

  /** The decoded string, or the decimal digits of a number. */
  get value(): string {
    return (this.#value ??= finished(valueSteps(this.literal)));
  }

  /** The value without the sign of a number, which belongs to no identifier. */
  get unsigned(): string {
    return this.isNumber && this.value.startsWith('-') ? this.value.slice(1) : this.value;
  }

  get isNumber(): boolean {
    return !this.literal.startsWith('"');
  }

  /** Cache key: a hash of the literal. */
  get key(): string {
    return (this.#key ??= LruCache.keyOf(this.literal));
  }

  /** Whether its value and its key are worth computing in steps. */
  get isLong(): boolean {
    return this.literal.length > LONG_CHARS;
  }

  /** Computes the value of a long text in steps. */
  *decode(): Generator<void, void> {
    this.#value ??= yield* valueSteps(this.literal);
  }

  /** Computes the key of a long text in steps of about a millisecond. */
  *hash(): Generator<void, void> {
    const { literal } = this;
    if (this.#key !== undefined || literal.length <= HASH_CHARS) return;
    const hash = createHash('sha256');
    for (let at = 0; at < literal.length;) {
      let end = at + HASH_CHARS;
      // Both halves of a surrogate pair are encoded together.
      if ((literal.charCodeAt(end) & 0xfc00) === LOW_SURROGATE) end += 1;
      hash.update(literal.slice(at, end));
      at = end;
      yield;
    }
    this.#key = hash.digest('binary');
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

function* valueSteps(literal: string): Generator<void, string> {
  return literal.startsWith('"')
    ? yield* stringSteps(literal)
    : ((yield* integerSteps(literal)) ?? literal);
}
