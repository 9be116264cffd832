// Text inside base64, such as a secret in a Kubernetes manifest. Decoded once, and only when the
// first units show that text is inside: random bytes are told apart by three groups of four.

/** Shorter runs hold no secret. */
const LENGTH_MIN = 24;
/** Longer runs are read this far; what is longer is seldom text. */
const LENGTH_MAX = 16_384;
const PROBE_LENGTH = 12;

const PRINTABLE = /^[\t\n\r\x20-\x7e\u00a0-\ufffc]*$/;

/**
 * The text that the run `[start, end)` of base64 units (standard or URL alphabet, padding apart)
 * decodes to; undefined when that is no text.
 */
export function decodeBase64Text(text: string, start: number, end: number): string | undefined {
  if (end - start < LENGTH_MIN) return undefined;
  if (!PRINTABLE.test(decode(text, start, end, PROBE_LENGTH))) return undefined;
  const decoded = decode(text, start, end, LENGTH_MAX);
  return PRINTABLE.test(decoded) ? decoded : undefined;
}

/** Where the padding after a run ends. */
export function paddingEnd(text: string, end: number): number {
  let at = end;
  while (at < end + 2 && text[at] === '=') at++;
  return at;
}

function decode(text: string, start: number, end: number, lengthMax: number): string {
  const to = Math.min(end, start + lengthMax);
  const decoded = Buffer.from(text.slice(start, to), 'base64').toString('utf8');
  // A character that the bound cuts in two is not the text's fault.
  return to < end && decoded.endsWith('\ufffd') ? decoded.slice(0, -1) : decoded;
}
