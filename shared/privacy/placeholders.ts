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
  const placeholder = Buffer.from(`PII_${label}_${'_'.repeat(SUFFIX_LENGTH)}`, 'latin1');
  let at = placeholder.length - SUFFIX_LENGTH;
  let bits = 0;
  let buffer = 0;
  for (const byte of digest.subarray(0, 5)) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      placeholder[at++] = SUFFIX_CODES[(buffer >> bits) & 31] ?? 0;
    }
  }
  return placeholder.toString('latin1');
}

/** Block of SHA-256. */
const BLOCK_BYTES = 64;

/** A key's first blocks of the inner and the outer hash. */
const padsByKey = new WeakMap<KeyObject, { readonly inner: Buffer; readonly outer: Buffer }>();

/**
 * HMAC-SHA-256 (RFC 2104) in two calls: thousands of `Hmac` objects, which live outside the heap, cost
 * several times as much.
 */
function hmac(key: KeyObject, value: string): Buffer {
  const pads = padsOf(key);
  const message = Buffer.concat([pads.inner, Buffer.from(value)]);
  const inner = Buffer.from(hash('sha256', message, 'binary'), 'binary');
  return Buffer.from(hash('sha256', Buffer.concat([pads.outer, inner]), 'binary'), 'binary');
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
