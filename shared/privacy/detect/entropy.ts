// How random a text looks. Shannon's measure alone cannot tell a key from an identifier, since both
// use many letters; so the words and the runs of the alphabet in it are looked at as well.

/** Bits per unit (3.0 is typical of 10 random units, 4.0 of 20) below which nothing is random. */
const RANDOM_BITS_MIN = 2.9;
const RANDOM_LENGTH_MIN = 16;

/** Of the letters and digits, those in words; random text has some by chance, most names all. */
const WORD_SHARE_MAX = 0.75;
const WORD_SHARE_OF_LETTERS_MAX = 0.7;

const SEQUENCE_SHARE_MIN = 0.75;

/** Shannon entropy of the text's own units, in bits per unit; 0 for the empty text. */
export function bitsPerUnit(text: string): number {
  const counts = new Uint16Array(128);
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at) & 127;
    counts[unit] = (counts[unit] ?? 0) + 1;
  }
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}

/**
 * Whether the text was probably drawn at random by a machine: at least 16 units of more than one
 * kind, much entropy, not made of words, not a stretch of the alphabet. Randomness shorter than 16
 * units cannot be told from names. Takes time in proportion to the length.
 */
export function looksRandom(text: string): boolean {
  if (text.length < RANDOM_LENGTH_MIN || !/[A-Za-z]/.test(text)) return false;
  const hasDigit = /\d/.test(text);
  if (!hasDigit && !(/[a-z]/.test(text) && /[A-Z]/.test(text))) return false;
  if (bitsPerUnit(text) < RANDOM_BITS_MIN || isSequence(text)) return false;
  return wordShare(text) <= (hasDigit ? WORD_SHARE_MAX : WORD_SHARE_OF_LETTERS_MAX);
}

/** Whether the text mostly counts up or down, as `abcdefgh12345678` does. */
export function isSequence(text: string): boolean {
  let steps = 0;
  for (let at = 1; at < text.length; at++) {
    if (Math.abs(text.charCodeAt(at) - text.charCodeAt(at - 1)) === 1) steps++;
  }
  return steps >= (text.length - 1) * SEQUENCE_SHARE_MIN;
}

/** Whether the text reads as words, in snake, kebab, dotted or camel case. */
export function readsAsWords(text: string): boolean {
  return wordShare(text) > WORD_SHARE_MAX;
}

/** The share of letters and digits that are letters in pronounceable groups of three or more. */
function wordShare(text: string): number {
  let wordUnits = 0;
  let units = 0;
  for (const [group] of text.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|\d/g)) {
    units += group.length;
    if (group.length > 2 && isPronounceable(group.toLowerCase())) wordUnits += group.length;
  }
  return units === 0 ? 0 : wordUnits / units;
}

/** Has a vowel, neither too few nor too many of them, and no five consonants in a row. */
function isPronounceable(group: string): boolean {
  let vowels = 0;
  let consonantsInRow = 0;
  for (const letter of group) {
    if ('aeiouy'.includes(letter)) {
      vowels++;
      consonantsInRow = 0;
    } else if (++consonantsInRow === 5) return false;
  }
  return vowels >= group.length * 0.2 && vowels <= group.length * 0.75;
}
