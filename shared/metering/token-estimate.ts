// How many tokens a request may be, before anybody has counted: a tokenizer would cost more than the
// rest of the gateway, and the true number comes with the answer a moment later.

/** English and code come to some four bytes a token. */
const BYTES_PER_TOKEN = 4;
/** The most Anthropic counts for one image; a page of a document costs about the same. */
const OPAQUE_TOKENS = 1_600;
/** Base64 of a smaller size is not worth telling apart. */
const OPAQUE_BYTES_MIN = 8 * 1_024;

const DATA = Buffer.from('"data"');
const QUOTE = Buffer.from('"');

/** At least 1. Long `data` strings, which hold images and documents, count as one image each. */
export function inputEstimate(body: Uint8Array): number {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let textBytes = bytes.byteLength;
  let opaque = 0;
  for (let at = bytes.indexOf(DATA); at >= 0; at = bytes.indexOf(DATA, at + 1)) {
    const start = bytes.indexOf(QUOTE, at + DATA.byteLength);
    const end = start < 0 ? -1 : bytes.indexOf(QUOTE, start + 1);
    if (end - start < OPAQUE_BYTES_MIN) continue;
    textBytes -= end - start;
    opaque += 1;
    at = end;
  }
  return Math.max(1, Math.ceil(textBytes / BYTES_PER_TOKEN) + opaque * OPAQUE_TOKENS);
}
