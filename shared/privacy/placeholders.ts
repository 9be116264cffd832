// The form of placeholders: `PII_EMAIL_7k3qx5ta`. A valid identifier, safe in URLs, YAML, JSON and
// shells; a fixed-length suffix in an alphabet disjoint from the label, so that a token followed
// directly by other text is still one token. A token is a pure function of tenant key and value:
// the same value has the same token on every turn and in every replica.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** What the label may be, and how long a whole token can get. */
export const LABEL_FORM = /^[A-Z]{2,12}$/;
export const TOKEN_LENGTH_MAX = 'PII_'.length + 12 + '_'.length + 8;

const SUFFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const SUFFIX_LENGTH = 8;

/** A pattern that finds tokens; a new one for each use, as it keeps a position. */
export function tokenPattern(): RegExp {
  return /PII_[A-Z]{2,12}_[a-z2-7]{8}/g;
}

/**
 * The key of one tenant: a value has unrelated tokens in different tenants. A key object, as bytes
 * would be made one again for every token, which takes longer than the token does.
 */
export function tenantKey(masterKey: KeyObject, tenant: string): KeyObject {
  const digest = createHmac('sha256', masterKey).update(`llmp tenant ${tenant}`).digest();
  return createSecretKey(digest);
}

/** The token of a value: 40 bits of HMAC-SHA-256 behind the label. */
export function tokenOf(key: KeyObject, label: string, value: string): string {
  const digest = createHmac('sha256', key).update(value).digest();
  let suffix = '';
  let bits = 0;
  let held = 0;
  for (const byte of digest.subarray(0, 5)) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      suffix += SUFFIX_LETTERS[(held >> bits) & 31];
    }
  }
  return `PII_${label}_${suffix.slice(0, SUFFIX_LENGTH)}`;
}

/**
 * How many units at the end of `text` could be the beginning of a token: what a stream must hold
 * back. 0 when the text cannot go on to a token; less than TOKEN_LENGTH_MAX always.
 */
export function tokenStartLength(text: string): number {
  const from = Math.max(0, text.length - TOKEN_LENGTH_MAX + 1);
  const match = /(?:P|PI|PII|PII_[A-Z]{0,12}|PII_[A-Z]{2,12}_[a-z2-7]{0,7})$/.exec(
    text.slice(from),
  );
  return match ? match[0].length : 0;
}
