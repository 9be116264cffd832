// Estimates input tokens before the upstream has counted them. A tokenizer would cost more than the rest
// of the gateway, and the response corrects the estimate.

/** English text and code average about four bytes per token. */
const BYTES_PER_TOKEN = 4;
/** Anthropic's maximum for one image; a document page costs about the same. */
const OPAQUE_TOKENS = 1_600;
/** Shorter base64 is counted as text. */
const OPAQUE_BYTES_MIN = 8 * 1_024;

const DATA = Buffer.from('"data"');
const QUOTE = Buffer.from('"');

/** At least 1. Each long `data` string (an image or a document) counts as one image. */
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
