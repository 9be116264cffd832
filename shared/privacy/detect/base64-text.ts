// Decodes text inside base64, such as a secret in a Kubernetes manifest. A probe of the first
// characters rejects binary data early.

/** Shorter runs hold no secret. */
export const LENGTH_MIN = 24;
/** Longer runs are decoded this far; they are seldom text. */
const LENGTH_MAX = 16_384;
const PROBE_LENGTH = 12;

const PRINTABLE = /^[\t\n\r\x20-\x7e\u00a0-\ufffc]*$/;

/**
 * Decodes the base64 run `[start, end)` (standard or URL alphabet, without padding). Returns
 * undefined if the bytes are not printable text.
 */
export function decodeBase64Text(text: string, start: number, end: number): string | undefined {
  if (end - start < LENGTH_MIN) return undefined;
  if (!PRINTABLE.test(decode(text, start, end, PROBE_LENGTH))) return undefined;
  const decoded = decode(text, start, end, LENGTH_MAX);
  return PRINTABLE.test(decoded) ? decoded : undefined;
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
