const QUOTE = 1;
const BACKSLASH = '\\';
const LOWER_U = 0x75;
/** Beyond any offset, yet exact. */
const FAR = 2 ** 50;

/**
 * Maps ascending offsets in a string value to offsets in its literal, where escapes take two or six
 * characters.
 */
export class OffsetCursor {
  readonly #literal: string;
  /** The next escape in the literal, and the offset that its character has in the value. */
  #escapeAt: number;
  #escapeOffset: number;

  /** @param literal a valid JSON string literal with its quotes */
  constructor(literal: string) {
    this.#literal = literal;
    this.#escapeAt = this.#escapeFrom(0);
    this.#escapeOffset = this.#escapeAt - QUOTE;
  }

  rawOffset(offset: number): number {
    while (this.#escapeOffset < offset) {
      const isLong = this.#literal.charCodeAt(this.#escapeAt + 1) === LOWER_U;
      const escapeEnd = this.#escapeAt + (isLong ? 6 : 2);
      this.#escapeAt = this.#escapeFrom(escapeEnd);
      this.#escapeOffset += 1 + this.#escapeAt - escapeEnd;
    }
    return this.#escapeAt - (this.#escapeOffset - offset);
  }

  #escapeFrom(at: number): number {
    const found = this.#literal.indexOf(BACKSLASH, at);
    return found === -1 ? FAR : found;
  }
}

/**
 * Maps offsets in a string value to offsets in its literal.
 * @param literal a valid JSON string literal with its quotes
 * @param offsets in ascending order
 */
export function rawOffsets(literal: string, offsets: readonly number[]): number[] {
  const cursor = new OffsetCursor(literal);
  return offsets.map((offset) => cursor.rawOffset(offset));
}
