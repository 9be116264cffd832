// API keys of the gateway: `llmp_<id>_<secret><checksum>`. Logs use the public id. The checksum
// detects typos and leaked keys without a lookup.

import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BASE58, randomText } from './runtime/ids.ts';

const ID_LENGTH = 8;
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

const FORMAT = new RegExp(
  `^(?<unchecked>llmp_(?<id>[${BASE58}]{${ID_LENGTH}})_[${BASE58}]{${SECRET_LENGTH}})` +
    `(?<checksum>[${BASE58}]{${CHECKSUM_LENGTH}})$`,
);

/** Creates a key with 187 random bits. Show it once and store only its hash. */
export function createKey(): string {
  const unchecked = `llmp_${randomText(ID_LENGTH)}_${randomText(SECRET_LENGTH)}`;
  return unchecked + checksumOf(unchecked);
}

/** @returns the public id, or null if the format or the checksum is wrong. */
export function parseKey(text: string): { id: string } | null {
  const { unchecked, id, checksum } = FORMAT.exec(text)?.groups ?? {};
  if (unchecked === undefined || id === undefined) return null;
  return checksumOf(unchecked) === checksum ? { id } : null;
}

/** Checks format and checksum only; the key may still be unknown or revoked. */
export function isKeyFormat(text: string): boolean {
  return parseKey(text) !== null;
}

/**
 * SHA-256 in lower-case hex, as stored. A slow hash is unnecessary for a random secret and too
 * expensive for every request.
 */
export function hashKey(text: string): string {
  return hash('sha256', text, 'hex');
}

/** CRC-32 in base58; six digits hold all 2³² values. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    digits = BASE58.charAt(rest % BASE58.length) + digits;
    rest = Math.floor(rest / BASE58.length);
  }
  return digits;
}
