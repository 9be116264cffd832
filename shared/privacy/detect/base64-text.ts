// Decodes text inside base64, such as a secret in a Kubernetes manifest. A probe of the first
// characters rejects binary data early.

/** Shorter runs hold no secret. */
export const LENGTH_MIN = 24;
/** Longer runs are decoded this far; they are seldom text. */
const LENGTH_MAX = 16_384;
const PROBE_LENGTH = 12;
/** A sequence that begins among them ends within the probe, and may not be cut. */
const PROBE_BYTES = 6;
const SEXTETS = new Uint8Array(128);
for (const [value, char] of Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
).entries())
  SEXTETS[char.charCodeAt(0)] = value;
SEXTETS.set([62], '-'.charCodeAt(0));
SEXTETS.set([63], '_'.charCodeAt(0));

const PRINTABLE = /^[\t\n\r\x20-\x7e\u00a0-\ufffc]*$/;

/**
 * Decodes the base64 run `[start, end)` (standard or URL alphabet, without padding). Returns
 * undefined if the bytes are not printable text.
 */
export function decodeBase64Text(text: string, start: number, end: number): string | undefined {
  if (end - start < LENGTH_MIN || !mayBeText(text, start)) return undefined;
  if (!PRINTABLE.test(decode(text, start, end, PROBE_LENGTH))) return undefined;
  const decoded = decode(text, start, end, LENGTH_MAX);
  return PRINTABLE.test(decoded) ? decoded : undefined;
}

/** Whether the first bytes may be text; rejects most names and paths without decoding them. */
function mayBeText(text: string, start: number): boolean {
  for (let at = 0; at < PROBE_BYTES;) {
    const byte = byteAt(text, start, at);
    if (byte < 0x80) {
      if (!isPrintable(byte)) return false;
      at += 1;
    } else {
      // The first byte of a sequence in UTF-8, and the second one.
      if (byte < 0xc2 || byte > 0xf4) return false;
      if ((byteAt(text, start, at + 1) & 0xc0) !== 0x80) return false;
      at += byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    }
  }
  return true;
}

/** Byte number `index` of those that the run from `start` on encodes. */
function byteAt(text: string, start: number, index: number): number {
  const bit = 8 * index;
  const at = start + Math.floor(bit / 6);
  const pair = ((SEXTETS[text.charCodeAt(at)] ?? 0) << 6) | (SEXTETS[text.charCodeAt(at + 1)] ?? 0);
  return (pair >>> (4 - (bit % 6))) & 0xff;
}

function isPrintable(byte: number): boolean {
  return byte > 0x1f ? byte !== 0x7f : byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Returns the end of the padding that starts at `end`. */
export function paddingEnd(text: string, end: number): number {
  let at = end;
  while (at < end + 2 && text[at] === '=') at++;
  return at;
}

function decode(text: string, start: number, end: number, lengthMax: number): string {
  const to = Math.min(end, start + lengthMax);
  const decoded = Buffer.from(text.slice(start, to), 'base64').toString('utf8');
  // Truncation may cut the last character in two.
  return to < end && decoded.endsWith('\ufffd') ? decoded.slice(0, -1) : decoded;
}
