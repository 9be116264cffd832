// Keys that only the name of their provider tells from any other random text. The name leads; the
// key is the first stretch of the right shape a little after it, or else the last a little before.

import type { Detector, Range } from '../detector.ts';
import { bitsPerUnit } from '../entropy.ts';
import { NAME, runEnd, runStart } from '../unit-kinds.ts';

interface NamedForm {
  readonly entity: string;
  readonly names: readonly string[];
  /** A whole stretch of letters, digits, `-` and `_`. */
  readonly form: RegExp;
}

/** Units between the name and the key. */
const AFTER_MAX = 96;
const BEFORE_MAX = 64;
const KEY_LENGTH_MIN = 24;
const KEY_LENGTH_MAX = 80;
const BITS_MIN = 2.8;

const HEX_32 = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Both cases and a digit, so that neither a hash nor a name fits. */
const MIXED = '^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)';

const FORMS: readonly NamedForm[] = [
  { entity: 'TWILIO_KEY', names: ['twilio'], form: HEX_32 },
  { entity: 'DATADOG_KEY', names: ['datadog'], form: /^[0-9a-f]{32}(?:[0-9a-f]{8})?$/ },
  { entity: 'MAILGUN_KEY', names: ['mailgun'], form: HEX_32 },
  { entity: 'ALGOLIA_KEY', names: ['algolia'], form: HEX_32 },
  { entity: 'CLOUDFLARE_KEY', names: ['cloudflare'], form: new RegExp(`${MIXED}[\\w-]{40}$`) },
  // The global key: no hash is of that length.
  { entity: 'CLOUDFLARE_KEY', names: ['cloudflare', 'x-auth-key'], form: /^[0-9a-f]{37}$/ },
  { entity: 'OKTA_TOKEN', names: ['okta', 'ssws'], form: /^00[\w-]{40}$/ },
  { entity: 'FASTLY_KEY', names: ['fastly'], form: new RegExp(`${MIXED}[\\w-]{32}$`) },
  { entity: 'HEROKU_KEY', names: ['heroku'], form: UUID },
  { entity: 'VERCEL_TOKEN', names: ['vercel'], form: new RegExp(`${MIXED}[A-Za-z0-9]{24}$`) },
];

export const NAMED_KEYS: readonly Detector[] = FORMS.map(({ entity, names, form }) => {
  const isKey = (text: string, start: number, end: number) => {
    if (end - start < KEY_LENGTH_MIN || end - start > KEY_LENGTH_MAX) return false;
    const key = text.slice(start, end);
    return form.test(key) && bitsPerUnit(key) >= BITS_MIN;
  };
  return {
    entity,
    label: 'SECRET',
    tier: 'B',
    secret: true,
    triggers: [{ kind: 'word', words: names }],
    find: (text, start, end) => firstAfter(text, end, isKey) ?? lastBefore(text, start, isKey),
  };
});

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
