// Builds detectors for keys whose vendor publishes prefix, alphabet and length.

import { beginsAt, isJoined } from './boundary.ts';
import { isDigit, codeAt } from './characters.ts';
import type { Detector, Range } from './detector.ts';
import { bitsPerChar, isSequence, looksRandom, readsAsWords } from './entropy.ts';
import { isPlaceholderSecret } from './placeholder-secret.ts';

export interface PrefixedKey {
  readonly entity: string;
  /** The pattern begins with one of these. */
  readonly prefixes: readonly string[];
  /**
   * Matches the key; a group named `key` marks the secret part. Case-sensitive, with bounded
   * repetitions only. A letter or digit must not follow.
   */
  readonly pattern: RegExp;
  /** Documentation seldom has filler such as `AAAA` after this prefix, so that is found too; not `xxxx`. */
  readonly filler?: boolean;
  /** Checks the vendor's published checksum; without one that can hold, the key must look random. */
  readonly verify?: (key: string) => boolean;
}

/** Larger than the usual window because session tokens and JWT keys fill kilobytes. */
const KEY_LENGTH_MAX = 4200;
/** Bounds the work in a chain of prefixes that might each extend to the end. */
const JOINED_LENGTH_MAX = 128;
/** The path of a URL after a host. */
const JOINED_PATH_LENGTH_MAX = 320;
const PATH_PREFIX_LENGTH_MIN = 16;

/** Filler such as `sk-ant-xxxxxxxxxxxx` is below this; 16 random hex characters are above. */
const BITS_MIN = 2.4;
const DIGITS_BITS_MIN = 2.9;
const LONG_PREFIX = 6;
/** Four words in a row, as in `YourAccessTokenHere`; random keys have such runs, but not of words. */
const SENTENCE = /(?:[A-Z][a-z]{2,}){4}/;
/** Letters repeated by a generator of test keys; `X` and digits mask a key. */
const FILLER = /^(?:[a-z]{2,8}-)?(?:([A-WYZ])\1{7,63}-?)+$/;

/** Returns one detector per key, in the same order. */
export function prefixedKeys(keys: readonly PrefixedKey[]): readonly Detector[] {
  return keys.map((key) => ({
    entity: key.entity,
    label: 'KEY',
    tier: 'A',
    secret: true,
    triggers: [{ kind: 'word', words: key.prefixes }],
    find: finderOf(key),
  }));
}

function finderOf({ pattern, prefixes, verify, filler = false }: PrefixedKey): Detector['find'] {
  const complete = new RegExp(`^(?:${pattern.source})(?![A-Za-z0-9])`, 'd');
  return (text, start, end): Range | undefined => {
    if (!prefixes.includes(text.slice(start, end)) || !begins(text, start, end)) return undefined;
    const lengthMax = isJoined(text, start) ? joinedLengthMax(end - start) : KEY_LENGTH_MAX;
    const window = text.slice(start, start + lengthMax);
    const match = complete.exec(window);
    // A match that fills the window is only part of something longer.
    if (!match || (match[0].length === lengthMax && start + lengthMax < text.length)) {
      return undefined;
    }
    const [from, to] = match.indices?.groups?.['key'] ?? [0, match[0].length];
    const key = window.slice(from, to);
    const body = window.slice(Math.max(from, end - start), to);
    if (end - start > 3 && body.includes(window.slice(0, end - start))) return undefined;
    if (filler && FILLER.test(body)) return { start: start + from, end: start + to };
    return isGenuine(key, body, verify) ? { start: start + from, end: start + to } : undefined;
  };
}

function joinedLengthMax(prefixLength: number): number {
  return prefixLength < PATH_PREFIX_LENGTH_MIN ? JOINED_LENGTH_MAX : JOINED_PATH_LENGTH_MAX;
}

/** A digit may precede a long prefix, which no word ends with. */
function begins(text: string, start: number, end: number): boolean {
  if (beginsAt(text, start)) return true;
  return end - start >= LONG_PREFIX && isDigit(codeAt(text, start - 1));
}

/**
 * Without a valid checksum a key must look random: formats change, and a mistyped key is still
 * nearly the key, but made-up keys seldom look random.
 */
function isGenuine(key: string, body: string, verify: PrefixedKey['verify']): boolean {
  if (verify) return verify(key) || looksRandom(body);
  // Digits alone are filler only if they repeat or count.
  if (/^\d[\d-]+\d$/.test(body)) return bitsPerChar(body) >= DIGITS_BITS_MIN && !isSequence(body);
  return bitsPerChar(body) >= BITS_MIN && !isPlaceholderSecret(body) && !isSentence(body);
}

function isSentence(body: string): boolean {
  const words = SENTENCE.exec(body)?.[0] ?? '';
  return 2 * words.length > body.length && readsAsWords(words);
}
