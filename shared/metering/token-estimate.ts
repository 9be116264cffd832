// Estimates input tokens before the upstream has counted them. A tokenizer would cost more than the rest
// of the gateway, and the response corrects the estimate.

import { finished } from '../runtime/finished.ts';

/** English text and code average about four bytes per token. */
const BYTES_PER_TOKEN = 4;
/** Anthropic's maximum for one image; a document page costs about the same. */
const OPAQUE_TOKENS = 1_600;
/** Shorter base64 is counted as text. */
const OPAQUE_BYTES_MIN = 8 * 1_024;

const DATA = Buffer.from('"data"');
const QUOTE_CODE = 0x22;

/** At least 1. Each long `data` string (an image or a document) counts as one image. */
export function inputEstimate(body: Uint8Array): number {
  return estimates.get(body) ?? finished(estimateSteps(body));
}

/** Bytes searched, and fields found, between two yields: about a millisecond. */
const STEP_BYTES = 262_144;
const STEP_FIELDS = 4_096;

/** Several stages ask for the estimate of a body. */
const estimates = new WeakMap<Uint8Array, number>();

/** Like `inputEstimate`, in steps. */
export function* estimateSteps(body: Uint8Array): Generator<void, number> {
  const known = estimates.get(body);
  if (known !== undefined) return known;
  const estimate = yield* estimated(body);
  estimates.set(body, estimate);
  return estimate;
}

function* estimated(body: Uint8Array): Generator<void, number> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let textBytes = bytes.byteLength;
  let opaque = 0;
  let fields = 0;
  for (let from = 0; from < bytes.byteLength;) {
    const part = bytes.subarray(from, from + STEP_BYTES + DATA.byteLength - 1);
    const found = part.indexOf(DATA);
    if (found < 0) {
      from += STEP_BYTES;
      yield;
      continue;
    }
    from += found + 1;
    if ((fields += 1) % STEP_FIELDS === 0) yield;
    const start = bytes.indexOf(QUOTE_CODE, from + DATA.byteLength - 1);
    const end = start < 0 ? -1 : bytes.indexOf(QUOTE_CODE, start + 1);
    if (end - start < OPAQUE_BYTES_MIN) continue;
    textBytes -= end - start;
    opaque += 1;
    from = end + 1;
  }
  return Math.max(1, Math.ceil(textBytes / BYTES_PER_TOKEN) + opaque * OPAQUE_TOKENS);
}
