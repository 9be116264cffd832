// Builds detectors for keys whose vendor publishes prefix, alphabet and length.

import { beginsAt, isJoined } from './boundary.ts';
import type { Detector, Range } from './detector.ts';
import { bitsPerChar, looksRandom } from './entropy.ts';
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
  /** Checks the vendor's published checksum. */
  readonly verify?: (key: string) => boolean;
}

/** Larger than the usual window because session tokens and JWT keys fill kilobytes. */
const KEY_LENGTH_MAX = 4200;
/** Bounds the work in a chain of prefixes that might each extend to the end. */
const JOINED_LENGTH_MAX = 128;

/** Filler such as `sk-ant-xxxxxxxxxxxx` is below this; 16 random hex characters are above. */
const BITS_MIN = 2.4;

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

function finderOf({ pattern, prefixes, verify }: PrefixedKey): Detector['find'] {
  const complete = new RegExp(`^(?:${pattern.source})(?![A-Za-z0-9])`, 'd');
  return (text, start, end): Range | undefined => {
    if (!prefixes.includes(text.slice(start, end)) || !beginsAt(text, start)) return undefined;
    const lengthMax = isJoined(text, start) ? JOINED_LENGTH_MAX : KEY_LENGTH_MAX;
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
    return isGenuine(key, body, verify) ? { start: start + from, end: start + to } : undefined;
  };
}

/**
 * Without a valid checksum a key must look random: formats change, and a mistyped key is still
 * nearly the key, but made-up keys seldom look random.
 */
function isGenuine(key: string, body: string, verify: PrefixedKey['verify']): boolean {
  if (verify) return verify(key) || looksRandom(body);
  return bitsPerChar(body) >= BITS_MIN && !isPlaceholderSecret(body);
}
