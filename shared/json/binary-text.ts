// Binary text has one char (U+0000 to U+00FF) per byte. JSON syntax is ASCII, so JSON can be parsed and
// edited in it without decoding, and bytes that are not valid UTF-8 survive.

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
