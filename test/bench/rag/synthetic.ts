// A synthetic collection: Zipf-distributed words and random vectors. It measures speed, not quality;
// random vectors are the hardest case for an approximate index.

import type { NewPassage } from '../../../services/rag/passage-index/passage-index.ts';
import { seeded, type Chance } from '../../kit/seeded.ts';

export const DIMENSIONS = 384;
export const PASSAGES_EACH = 10;
const WORDS = 50_000;
/** Ranks left out as stop words. */
const COMMON = 100;
const WORDS_EACH = 80;
const SYLLABLES = 'ba co den fi gul ha jor ki lem mo nar pe qui'.split(' ');

/** The word of a rank: its number in syllables. */
function wordOf(rank: number): string {
  let rest = rank + SYLLABLES.length;
  let word = '';
  while (rest > 0) {
    word += SYLLABLES[rest % SYLLABLES.length] ?? '';
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return word;
}

const vocabulary = Array.from({ length: WORDS }, (_, rank) => wordOf(rank));

/** Zipf-distributed words: rank r with probability about 1/r, without stop words. */
function someWords(chance: Chance, count: number): string {
  const words = Array.from({ length: count }, () => {
    const share = chance(1_000_000) / 1_000_000;
    return vocabulary[Math.floor(COMMON * (WORDS / COMMON) ** share)] ?? '';
  });
  return words.join(' ');
}

function someVector(chance: Chance): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, () => chance(2_000) / 1_000 - 1);
}

/** The passages of document number `document`, the same in every run. */
export function passagesOf(document: number): NewPassage[] {
  const chance = seeded(document + 1);
  return Array.from({ length: PASSAGES_EACH }, () => ({
    text: someWords(chance, WORDS_EACH),
    headings: [someWords(chance, 3)],
    vector: someVector(chance),
  }));
}

/** Six-word questions. */
export function questionsOf(count: number): { question: string; vector: Float32Array }[] {
  const chance = seeded(0);
  return Array.from({ length: count }, () => ({
    question: someWords(chance, 6),
    vector: someVector(chance),
  }));
}
