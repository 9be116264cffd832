// From positions in a decoded string to positions in its JSON literal: where the literal has escapes,
// one unit of the value can be two or six units of the text.

const QUOTE = 1;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/**
 * Offsets within the literal (quotes included) of ascending offsets within its value.
 * @param literal a valid JSON string literal
 */
export function rawOffsets(literal: string, offsets: readonly number[]): number[] {
  if (!literal.includes('\\')) return offsets.map((offset) => offset + QUOTE);
  let at = QUOTE;
  let passed = 0;
  return offsets.map((offset) => {
    while (passed < offset) {
      at += unitLength(literal, at);
      passed += 1;
    }
    return at;
  });
}

/** Length in the literal of the unit that begins at `at`. */
function unitLength(literal: string, at: number): number {
  if (literal.charCodeAt(at) !== BACKSLASH) return 1;
  return literal.charCodeAt(at + 1) === LOWER_U ? 6 : 2;
}
