// Placeholders such as `PII_EMAIL_7k3qx5ta`: valid identifiers, safe in URLs, YAML, JSON and
// shells. The suffix alphabet shares nothing with the label, so a token ends where other text
// begins. A token depends only on the tenant key and the value: equal values get equal tokens in
// every replica.

import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export const LABEL_PATTERN = /^[A-Z]{2,12}$/;
export const TOKEN_LENGTH_MAX = 'PII_'.length + 12 + '_'.length + 8;

const SUFFIX_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const SUFFIX_LENGTH = 8;

/** Matches tokens. Returns a new RegExp on each call because a global one keeps its position. */
export function tokenPattern(): RegExp {
  return /PII_[A-Z]{2,12}_[a-z2-7]{8}/g;
}

/**
 * Derives a tenant's key, so that tenants get unrelated tokens for a value. Returns a `KeyObject`
 * because importing raw bytes for each token costs more than the token itself.
 */
export function tenantKey(masterKey: KeyObject, tenant: string): KeyObject {
  const digest = createHmac('sha256', masterKey).update(`llmp tenant ${tenant}`).digest();
  return createSecretKey(digest);
}

/** Returns `PII_<label>_` and 40 bits of HMAC-SHA-256 of the value. */
export function tokenOf(key: KeyObject, label: string, value: string): string {
  const digest = createHmac('sha256', key).update(value).digest();
  let suffix = '';
  let bits = 0;
  let buffer = 0;
  for (const byte of digest.subarray(0, 5)) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      suffix += SUFFIX_ALPHABET[(buffer >> bits) & 31];
    }
  }
  return `PII_${label}_${suffix.slice(0, SUFFIX_LENGTH)}`;
}

/**
 * Returns how many characters at the end of `text` may begin a token, which a stream must hold
 * back. Always less than TOKEN_LENGTH_MAX.
 */
export function tokenStartLength(text: string): number {
  const from = Math.max(0, text.length - TOKEN_LENGTH_MAX + 1);
  const match = /(?:P|PI|PII|PII_[A-Z]{0,12}|PII_[A-Z]{2,12}_[a-z2-7]{0,7})$/.exec(
    text.slice(from),
  );
  return match ? match[0].length : 0;
}
