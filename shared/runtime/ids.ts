// Names the gateway gives: requests and processes. Random, never counted, so replicas need no talk.

import { randomFillSync } from 'node:crypto';

/** Digits and messages that people do not take for each other. */
export const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** `req_` and 24 random characters, the shape of Anthropic's own request ids. */
export function requestId(): string {
  return `req_${randomText(24)}`;
}

/** A name for this process on the bus, safe inside a NATS subject. */
export function workerId(): string {
  return randomText(12);
}

/** `length` characters of base58. Bytes of 232 and above are drawn again, so no message is likelier. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    if (used === pool.byteLength) {
      randomFillSync(pool);
      used = 0;
    }
    const byte = pool[used++] ?? 255;
    if (byte < 232) text += BASE58[byte % 58];
  }
  return text;
}

/** Random bytes drawn ahead: a call to the system for each name would cost more than the name. */
const pool = new Uint8Array(4_096);
let used = pool.byteLength;
