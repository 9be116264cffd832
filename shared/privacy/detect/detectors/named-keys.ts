// Keys that only the provider's name distinguishes from other random text. The key is the first
// matching token shortly after the name, or else the last one shortly before it.

import { isEscape, isLetter, isLower, isUpper, codeAt } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { bitsPerChar } from '../entropy.ts';
import { NAME, runEnd, runStart } from '../char-kinds.ts';

interface NamedKey {
  readonly entity: string;
  readonly names: readonly string[];
  /** Matches a whole token of letters, digits, `-` and `_`. */
  readonly pattern: RegExp;
}

/** Maximum characters between the name and the key. */
const AFTER_MAX = 96;
const BEFORE_MAX = 64;
const KEY_LENGTH_MIN = 24;
const KEY_LENGTH_MAX = 80;
const BITS_MIN = 2.8;

const HEX_32 = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Both cases and a digit, which excludes hashes and names. */
const MIXED = '^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)';

const NAMED: readonly NamedKey[] = [
  { entity: 'TWILIO_KEY', names: ['twilio'], pattern: HEX_32 },
  { entity: 'DATADOG_KEY', names: ['datadog'], pattern: /^[0-9a-f]{32}(?:[0-9a-f]{8})?$/ },
  { entity: 'MAILGUN_KEY', names: ['mailgun'], pattern: HEX_32 },
  { entity: 'ALGOLIA_KEY', names: ['algolia'], pattern: HEX_32 },
  { entity: 'CLOUDFLARE_KEY', names: ['cloudflare'], pattern: new RegExp(`${MIXED}[\\w-]{40}$`) },
  // The global key: no hash has this length.
  { entity: 'CLOUDFLARE_KEY', names: ['cloudflare', 'x-auth-key'], pattern: /^[0-9a-f]{37}$/ },
  { entity: 'OKTA_TOKEN', names: ['okta', 'ssws'], pattern: /^00[\w-]{40}$/ },
  { entity: 'FASTLY_KEY', names: ['fastly'], pattern: new RegExp(`${MIXED}[\\w-]{32}$`) },
  { entity: 'HEROKU_KEY', names: ['heroku'], pattern: UUID },
  { entity: 'VERCEL_TOKEN', names: ['vercel'], pattern: new RegExp(`${MIXED}[A-Za-z0-9]{24}$`) },
];

export const NAMED_KEYS: readonly Detector[] = NAMED.map(({ entity, names, pattern }) => {
  const isKey = (text: string, start: number, end: number) => {
    if (end - start < KEY_LENGTH_MIN || end - start > KEY_LENGTH_MAX) return false;
    // A commit: `uses: acme/action@87b5…`, `/blob/57d3…/README.md`.
    if (start > 0 && '@/'.includes(text.charAt(start - 1))) return false;
    const key = text.slice(start, end);
    return pattern.test(key) && bitsPerChar(key) >= BITS_MIN;
  };
  return {
    entity,
    label: 'SECRET',
    tier: 'B',
    secret: true,
    triggers: [{ kind: 'word', words: names }],
    find: (text, start, end) =>
      beginsWord(text, start)
        ? (firstAfter(text, end, isKey) ?? lastBefore(text, start, isKey))
        : undefined,
  };
});

/** `myOktaToken` and `MY_OKTA`, but not `rookTable`. */
function beginsWord(text: string, start: number): boolean {
  if (!isLetter(codeAt(text, start - 1)) || isEscape(text, start - 1)) return true;
  return isUpper(codeAt(text, start)) && isLower(codeAt(text, start - 1));
}

type IsKey = (text: string, start: number, end: number) => boolean;

function firstAfter(text: string, from: number, isKey: IsKey): Range | undefined {
  const limit = Math.min(text.length, from + AFTER_MAX);
  for (let at = from; at < limit;) {
    const end = runEnd(text, at, NAME, Math.min(text.length, at + KEY_LENGTH_MAX + 1));
    if (isKey(text, at, end)) return { start: at, end };
    at = end + 1;
  }
  return undefined;
}

function lastBefore(text: string, from: number, isKey: IsKey): Range | undefined {
  const limit = Math.max(0, from - BEFORE_MAX);
  for (let at = from; at > limit;) {
    const start = runStart(text, at, NAME, Math.max(0, at - KEY_LENGTH_MAX - 1));
    if (isKey(text, start, at)) return { start, end: at };
    at = start - 1;
  }
  return undefined;
}
