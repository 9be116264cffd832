// Placeholders such as `PII_EMAIL_7k3qx5ta`: valid identifiers, safe in URLs, YAML, JSON and shells. They
// depend only on the tenant key and the value, so equal values get equal placeholders in every replica.

import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** Shares no character with the suffix, so a placeholder ends where other text begins. */
export const LABEL_PATTERN = /^[A-Z]{2,12}$/;

/** Without capitals, so that a change of case keeps placeholders apart. */
const SUFFIX_CODES = Buffer.from('abcdefghijklmnopqrstuvwxyz234567', 'latin1');
const SUFFIX_LENGTH = 8;

/** Matches placeholders. Returns a new RegExp on each call because a global one keeps its position. */
export function placeholderPattern(): RegExp {
  return /PII_[A-Z]{2,12}_[a-z2-7]{8}/g;
}

/** Tenants whose keys are kept. */
const TENANTS_MAX = 1_000;

const keysByMaster = new WeakMap<KeyObject, Map<string, KeyObject>>();

/**
 * Derives a tenant's key, so that tenants get unrelated placeholders for a value. Returns a `KeyObject`,
 * because importing raw bytes for each placeholder is slow.
 */
export function tenantKey(masterKey: KeyObject, tenant: string): KeyObject {
  const keys = keysByMaster.get(masterKey) ?? new Map<string, KeyObject>();
  keysByMaster.set(masterKey, keys);
  const known = keys.get(tenant);
  if (known) return known;
  const digest = createHmac('sha256', masterKey).update(`llmp tenant ${tenant}`).digest();
  const key = createSecretKey(digest);
  if (keys.size === TENANTS_MAX) keys.clear();
  keys.set(tenant, key);
  return key;
}

/** Returns `PII_<label>_` and 40 bits of HMAC-SHA-256 of the value. */
export function placeholderOf(key: KeyObject, label: string, value: string): string {
  const digest = hmac(key, value);
  // Bytes, because a string put together from letters is slow wherever it is looked up.
  let at = SCRATCH.write(`PII_${label}_`, 'latin1');
  let bits = 0;
  let buffer = 0;
  for (let place = 0; place < DIGEST_BYTES; place++) {
    buffer = (buffer << 8) | digest.charCodeAt(place);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      SCRATCH[at++] = SUFFIX_CODES[(buffer >> bits) & 31] ?? 0;
    }
  }
  return SCRATCH.toString('latin1', 0, at);
}

/** Bytes of the digest that make the suffix. */
const DIGEST_BYTES = (SUFFIX_LENGTH * 5) / 8;

/** Block of SHA-256. */
const BLOCK_BYTES = 64;

/** What is hashed; the values of a process go through it one after another. */
const SCRATCH = Buffer.alloc(4_096);
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const SHORT_CHARS = (SCRATCH.length - BLOCK_BYTES) / 3;

/** A key's first blocks of the inner and the outer hash. */
const padsByKey = new WeakMap<KeyObject, { readonly inner: Buffer; readonly outer: Buffer }>();

/**
 * HMAC-SHA-256 (RFC 2104) in two calls, as binary text: thousands of `Hmac` objects, which live outside the
 * heap, cost several times as much.
 */
function hmac(key: KeyObject, value: string): string {
  const { inner, outer } = padsOf(key);
  return hashedBehind(outer, hashedBehind(inner, value, 'utf8'), 'latin1');
}

/** The hash of a block and a text. */
function hashedBehind(block: Buffer, text: string, encoding: 'utf8' | 'latin1'): string {
  if (text.length > SHORT_CHARS)
    return hash('sha256', Buffer.concat([block, Buffer.from(text, encoding)]), 'binary');
  SCRATCH.set(block);
  const length = SCRATCH.write(text, BLOCK_BYTES, encoding);
  return hash('sha256', SCRATCH.subarray(0, BLOCK_BYTES + length), 'binary');
}

function padsOf(key: KeyObject): { readonly inner: Buffer; readonly outer: Buffer } {
  const known = padsByKey.get(key);
  if (known) return known;
  const exported = key.export();
  const short = exported.length > BLOCK_BYTES ? hash('sha256', exported, 'buffer') : exported;
  const padded = Buffer.concat([short], BLOCK_BYTES);
  const pads = {
    inner: Buffer.from(padded.map((byte) => byte ^ 0x36)),
    outer: Buffer.from(padded.map((byte) => byte ^ 0x5c)),
  };
  padsByKey.set(key, pads);
  return pads;
}
