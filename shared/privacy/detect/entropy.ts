// Estimates randomness. Shannon entropy cannot tell a key from an identifier because both use many
// letters, so this also measures words and alphabet sequences.

/**
 * Bits per character (3.0 is typical of 10 random characters, 4.0 of 20) that random text exceeds.
 */
const RANDOM_BITS_MIN = 2.9;
const RANDOM_LENGTH_MIN = 16;
/** Shorter texts with both cases and digits may be an abbreviation and a version. */
const GENERATED_LENGTH_MIN = 12;

/** Maximum share of letters and digits in words; random text has some words by chance. */
const WORD_SHARE_MAX = 0.75;
const WORD_SHARE_OF_LETTERS_MAX = 0.7;

/** Pronounceable groups of three letters are common in short random texts. */
const WORD_LENGTH_MIN = 3;
const LONG_WORD_LENGTH_MIN = 4;
const GENERATED_WORD_SHARE_MAX = 0.5;

const JUMBLE_WORD_SHARE_MAX = 0.5;

const SEQUENCE_SHARE_MIN = 0.75;

/** Returns the Shannon entropy in bits per character; 0 for the empty text. */
export function bitsPerChar(text: string): number {
  const counts = new Uint16Array(128);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at) & 127;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}

/**
 * Whether the text is probably random: at least 16 characters of more than one kind, high entropy,
 * not words, not an alphabet sequence. Shorter texts cannot be told from names. Linear time.
 */
export function looksRandom(text: string): boolean {
  if (text.length < RANDOM_LENGTH_MIN || !/[A-Za-z]/.test(text)) return false;
  const hasDigit = /\d/.test(text);
  if (!hasDigit && !(/[a-z]/.test(text) && /[A-Z]/.test(text))) return false;
  if (bitsPerChar(text) < RANDOM_BITS_MIN || isSequence(text)) return false;
  return wordShare(text) <= (hasDigit ? WORD_SHARE_MAX : WORD_SHARE_OF_LETTERS_MAX);
}

/**
 * Whether a shorter text is probably generated: both cases and two digits, without separators, and mostly
 * not words.
 */
export function looksGenerated(text: string): boolean {
  if (text.length < GENERATED_LENGTH_MIN || !/^[A-Za-z0-9]+$/.test(text)) return false;
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d\D*\d/.test(text)) return false;
  return (
    bitsPerChar(text) >= RANDOM_BITS_MIN &&
    !isSequence(text) &&
    wordShare(text, LONG_WORD_LENGTH_MIN) <= GENERATED_WORD_SHARE_MAX
  );
}

/** Whether no name, even of a few letters, mixes cases and digits like this: `k7Rv3mQ`. */
export function isJumble(text: string): boolean {
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text) || !/\d\D+\d/.test(text)) return false;
  return !isSequence(text) && wordShare(text) <= JUMBLE_WORD_SHARE_MAX;
}

/** Whether the text mostly counts up or down, like `abcdefgh12345678`. */
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

/** Returns the share of letters and digits in pronounceable groups of at least `lengthMin`. */
function wordShare(text: string, lengthMin = WORD_LENGTH_MIN): number {
  let wordLength = 0;
  let length = 0;
  for (const [group] of text.matchAll(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[A-Z]|\d/g)) {
    length += group.length;
    if (group.length >= lengthMin && isPronounceable(group.toLowerCase()))
      wordLength += group.length;
  }
  return length === 0 ? 0 : wordLength / length;
}

/** Whether the share of vowels is plausible and no five consonants follow each other. */
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
