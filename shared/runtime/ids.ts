// Random ids of requests and processes, which need no coordination between replicas.

import { randomFillSync } from 'node:crypto';

/** Digits and letters that people do not confuse. */
export const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** `req_` and 24 random characters, the format of Anthropic's request ids. */
export function requestId(): string {
  return `req_${randomText(24)}`;
}

/** A process id for the bus, safe in a NATS subject. */
export function workerId(): string {
  return randomText(12);
}

/** `length` characters of base58. Rejects bytes from 232 on, so all characters are equally likely. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    if (consumed === pool.byteLength) {
      randomFillSync(pool);
      consumed = 0;
    }
    const byte = pool[consumed++] ?? 255;
    if (byte < 232) text += BASE58[byte % 58];
  }
  return text;
}

/** Pooled random bytes: a system call per id would cost more than the id. */
const pool = new Uint8Array(4_096);
let consumed = pool.byteLength;
