// Detectors of keys that say what they are by how they begin: the vendor publishes prefix, alphabet
// and length, so a row of a table is all it takes to know one.

import { beginsAt, isJoined } from './boundary.ts';
import type { Detector, Range } from './detector.ts';
import { bitsPerUnit, looksRandom } from './entropy.ts';
import { isPlaceholderSecret } from './stand-in.ts';

export interface KeyForm {
  readonly entity: string;
  /** What leads to the key; the form begins with one of these. */
  readonly prefixes: readonly string[];
  /**
   * The whole key, or with a group named `key` around the secret part of it. Every repetition is
   * bounded. Letter case counts. A letter or digit right behind it means that it is not the key.
   */
  readonly form: RegExp;
  /** A published checksum. */
  readonly verify?: (key: string) => boolean;
}

/** Beyond the usual window: session tokens and keys that are JWTs fill kilobytes. */
const KEY_LENGTH_MAX = 4200;
/** So that in a chain of prefixes, each of which might go on to the end, none reads all the rest. */
const JOINED_LENGTH_MAX = 128;

/** Below this the key is filler such as `sk-ant-xxxxxxxxxxxx`; random hex of 16 units is above. */
const BITS_MIN = 2.4;

/** The rows of a table as detectors, in the same order. */
export function prefixedKeys(forms: readonly KeyForm[]): readonly Detector[] {
  return forms.map((form) => ({
    entity: form.entity,
    label: 'KEY',
    tier: 'A',
    secret: true,
    triggers: [{ kind: 'word', words: form.prefixes }],
    find: finder(form),
  }));
}

function finder({ form, prefixes, verify }: KeyForm): Detector['find'] {
  const whole = new RegExp(`^(?:${form.source})(?![A-Za-z0-9])`, 'd');
  return (text, start, end): Range | undefined => {
    if (!prefixes.includes(text.slice(start, end)) || !beginsAt(text, start)) return undefined;
    const lengthMax = isJoined(text, start) ? JOINED_LENGTH_MAX : KEY_LENGTH_MAX;
    const window = text.slice(start, start + lengthMax);
    const match = whole.exec(window);
    // What reaches the end of the window is only the beginning of something.
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
 * A wrong checksum does not clear a key, since formats change and a mistyped key is nearly the key;
 * but then it must look random, which a made-up one seldom does.
 */
function isGenuine(key: string, body: string, verify: KeyForm['verify']): boolean {
  if (verify) return verify(key) || looksRandom(body);
  return bitsPerUnit(body) >= BITS_MIN && !isPlaceholderSecret(body);
}
