const QUOTE = 1;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/**
 * Maps offsets in a string value to offsets in its literal, where escapes take two or six characters.
 * @param literal a valid JSON string literal with its quotes
 * @param offsets in ascending order
 */
export function rawOffsets(literal: string, offsets: readonly number[]): number[] {
  if (!literal.includes('\\')) return offsets.map((offset) => offset + QUOTE);
  let at = QUOTE;
  let index = 0;
  return offsets.map((offset) => {
    while (index < offset) {
      at += charLength(literal, at);
      index += 1;
    }
    return at;
  });
}

/** Length in the literal of the character or escape at `at`. */
function charLength(literal: string, at: number): number {
  if (literal.charCodeAt(at) !== BACKSLASH) return 1;
  return literal.charCodeAt(at + 1) === LOWER_U ? 6 : 2;
}
