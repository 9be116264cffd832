// Keys of the right form that were never issued. Built at run time so that repository scanners do not
// report this file.

const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** Alphabets by their letter in a pattern. */
const ALPHABETS: Readonly<Record<string, string>> = {
  w: UPPER + LOWER + DIGITS,
  h: HEX,
  H: HEX.toUpperCase(),
  d: DIGITS,
  l: LOWER + DIGITS,
  L: UPPER + DIGITS,
  n: `${UPPER}${LOWER}${DIGITS}_-`,
  b: `${UPPER}${LOWER}${DIGITS}+/`,
};

/** Replaces `{w36}` with 36 characters of alphabet `w`, and `{uuid}` with a UUID; deterministic per seed. */
export function fakeKey(pattern: string, seed = 1): string {
  let state = seed;
  const next = (bound: number): number => {
    // Numerical Recipes' linear congruential generator; its high bits suffice.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  return pattern
    .replaceAll('{uuid}', '{h8}-{h4}-{h4}-{h4}-{h12}')
    .replaceAll(/\{([a-zA-Z])(\d+)\}/g, (_match, name: string, length: string) => {
      const alphabet = ALPHABETS[name] ?? '';
      // Never ends with a character that reads as punctuation.
      const character = (last: boolean) => alphabet.charAt(next(alphabet.length - (last ? 2 : 0)));
      return Array.from({ length: Number(length) }, (_, index) =>
        character(index === Number(length) - 1),
      ).join('');
    });
}
