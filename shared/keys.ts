// The form of the gateway's own API keys: `llmp_<id>_<secret><checksum>`. The id is public and names
// the key in logs; the checksum lets a mistyped key, or a leaked one in a scan, be told from noise
// without a look-up. Only the hash of a key is ever stored.

import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BASE58, randomText } from './runtime/ids.ts';

const ID_LENGTH = 8;
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

const FORM = new RegExp(
  `^(?<unchecked>llmp_(?<id>[${BASE58}]{${ID_LENGTH}})_[${BASE58}]{${SECRET_LENGTH}})` +
    `(?<checksum>[${BASE58}]{${CHECKSUM_LENGTH}})$`,
);

/** A new key: 187 bits of randomness in the secret. Shown once to its owner, then only hashed. */
export function createKey(): string {
  const unchecked = `llmp_${randomText(ID_LENGTH)}_${randomText(SECRET_LENGTH)}`;
  return unchecked + checksumOf(unchecked);
}

/** The public id inside a key, or null when the form or the checksum is wrong. */
export function parseKey(text: string): { id: string } | null {
  const { unchecked, id, checksum } = FORM.exec(text)?.groups ?? {};
  if (unchecked === undefined || id === undefined) return null;
  return checksumOf(unchecked) === checksum ? { id } : null;
}

/** Whether the text has the form of a key, checksum included. Says nothing of it being accepted. */
export function keyShape(text: string): boolean {
  return parseKey(text) !== null;
}

/**
 * What is stored of a key: SHA-256 in lower-case hex. A slow hash would protect guessable secrets;
 * this one is random, and it is computed for every request.
 */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex');
}

/** CRC-32 in base58; six digits hold 2³² values with worker to spare. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    digits = BASE58.charAt(rest % BASE58.length) + digits;
    rest = Math.floor(rest / BASE58.length);
  }
  return digits;
}
