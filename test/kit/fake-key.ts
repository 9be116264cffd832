// Keys of the right form that no provider ever gave out. They are put together at run time, since
// scanners of repositories would take them for real ones if they stood in a file.

const HEX = '0123456789abcdef';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** Alphabets by the message that stands for them in a pattern. */
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

/**
 * The pattern with `{w36}` replaced by 36 units of alphabet `w`, and so on; `{uuid}` by a UUID. The
 * same seed gives the same key.
 */
export function fakeKey(pattern: string, seed = 1): string {
  let state = seed;
  const next = (bound: number): number => {
    // Numerical Recipes' linear congruential generator; its high bits are good enough.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  return pattern
    .replaceAll('{uuid}', '{h8}-{h4}-{h4}-{h4}-{h12}')
    .replaceAll(/\{([a-zA-Z])(\d+)\}/g, (_match, name: string, length: string) => {
      const alphabet = ALPHABETS[name] ?? '';
      // Never ends in what a reader would take for punctuation.
      const unit = (last: boolean) => alphabet.charAt(next(alphabet.length - (last ? 2 : 0)));
      return Array.from({ length: Number(length) }, (_, index) =>
        unit(index === Number(length) - 1),
      ).join('');
    });
}
