// Binary text has one char (U+0000 to U+00FF) per byte. JSON syntax is ASCII, so JSON can be parsed and
// edited in it without decoding, and bytes that are not valid UTF-8 survive.

import { StringDecoder } from 'node:string_decoder';

const NOT_ASCII = /[\u0080-\u00ff]/;

/** The UTF-8 bytes of `text` as binary text. */
export function binaryText(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** Bytes as binary text. */
export function binaryTextOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The text whose UTF-8 bytes `binary` has. */
export function decodedText(binary: string): string {
  return NOT_ASCII.test(binary) ? Buffer.from(binary, 'latin1').toString('utf8') : binary;
}

/** Characters decoded between two yields: about a millisecond. */
const STEP_CHARS = 262_144;

/** Like `decodedText`, in steps. */
export function* decodedSteps(binary: string): Generator<void, string> {
  let at = 0;
  while (at < binary.length && !NOT_ASCII.test(binary.slice(at, at + STEP_CHARS))) {
    at += STEP_CHARS;
    yield;
  }
  if (at >= binary.length) return binary;
  const decoder = new StringDecoder('utf8');
  const parts = [binary.slice(0, at)];
  for (; at < binary.length; at += STEP_CHARS) {
    parts.push(decoder.write(Buffer.from(binary.slice(at, at + STEP_CHARS), 'latin1')));
    yield;
  }
  parts.push(decoder.end());
  return parts.join('');
}
