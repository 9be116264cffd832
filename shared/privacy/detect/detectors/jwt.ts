// JSON Web Tokens: signed (RFC 7515, three parts), encrypted (RFC 7516, five parts), or without a
// signature, because claims are personal too. The header must decode to JSON with a JOSE parameter.

import { beginsAt } from '../boundary.ts';
import { isWord, MINUS, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';

/** Larger than the usual window because claims and ciphertext fill kilobytes. */
const PART_LENGTH_MAX = 16 * 1024;
const HEADER_LENGTH_MIN = 12;
const HEADER_LENGTH_MAX = 2048;
const ENCRYPTED_PARTS = 5;

/** Header parameters of RFC 7515, 7516, 7517 and 7518, and claims that may be repeated in the header. */
const PARAMETERS = new Set(
  (
    'alg enc typ cty kid jku jwk x5u x5c x5t x5t#S256 crit b64 zip epk apu apv iv tag p2s p2c kty key_ops ' +
    'iss sub aud'
  ).split(' '),
);

export const jwt: Detector = {
  entity: 'JSON_WEB_TOKEN',
  label: 'JWT',
  tier: 'A',
  secret: true,
  // Base64 of `{"`.
  triggers: [{ kind: 'word', words: ['eyJ'] }],
  find: (text, start) => {
    if (!text.startsWith('eyJ', start) || !beginsToken(text, start)) return undefined;
    const headerEnd = partEnd(text, start, HEADER_LENGTH_MAX);
    if (text[headerEnd] !== '.' || !isHeader(text.slice(start, headerEnd))) return undefined;
    const ends = [headerEnd];
    for (let end = headerEnd; ends.length < ENCRYPTED_PARTS && text[end] === '.';) {
      end = partEnd(text, end + 1, PART_LENGTH_MAX);
      ends.push(end);
    }
    const parts = partsOf(text, ends);
    return parts < 2 ? undefined : { start, end: ends[parts - 1] ?? headerEnd };
  },
};

/** Returns how many parts belong to the token; a sentence may follow the last dot. */
function partsOf(text: string, ends: readonly number[]): number {
  const length = (part: number) => (ends[part] ?? 0) - (ends[part - 1] ?? 0) - 1;
  const encrypted =
    ends.length === ENCRYPTED_PARTS && length(2) >= 8 && length(3) >= 1 && length(4) >= 8;
  if (encrypted) return ENCRYPTED_PARTS;
  // JSON claims begin like the header; a payload of another type needs a signature.
  const signed = length(2) >= 20;
  if (text.startsWith('eyJ', (ends[0] ?? 0) + 1)) return signed ? 3 : 2;
  return signed && length(1) >= 2 ? 3 : 1;
}

/**
 * Whether a token may begin here: not at a later part of a token, nor inside other base64. This
 * keeps long chains of parts linear.
 */
function beginsToken(text: string, start: number): boolean {
  if (!beginsAt(text, start)) return false;
  const before = text[start - 1];
  if (before === '-' || before === '_') return false;
  return before !== '.' || !/[\w-]{20}/.test(text.slice(Math.max(0, start - 21), start - 1));
}

function partEnd(text: string, start: number, lengthMax: number): number {
  const limit = Math.min(text.length, start + lengthMax);
  let end = start;
  while (end < limit && isBase64Url(codeAt(text, end))) end++;
  return end;
}

function isBase64Url(code: number): boolean {
  return isWord(code) || code === MINUS;
}

function isHeader(part: string): boolean {
  if (part.length < HEADER_LENGTH_MIN) return false;
  const json = Buffer.from(part, 'base64url').toString('utf8');
  // Exceptions are expensive, so reject early.
  if (!json.trimEnd().endsWith('}')) return false;
  try {
    const header: unknown = JSON.parse(json);
    if (typeof header !== 'object' || header === null) return false;
    return Object.keys(header).some((name) => PARAMETERS.has(name));
  } catch {
    return false;
  }
}
