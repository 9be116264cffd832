// Decodes the text of a header or a query value: percent-encoding, JSON escapes, UTF-8, MIME words and
// base64 would otherwise hide personal data from the detectors.

import { isUtf8 } from 'node:buffer';

/** Maximum nesting of encodings that are decoded. */
const DEPTH_MAX = 3;

/** Shorter words are too short for a value that a detector finds. */
const BASE64 = /[A-Za-z0-9+/_-]{8,}={0,2}/g;

/** Every other decoding of `text`, without repetitions; each takes one step. */
export function* hiddenTexts(text: string): Generator<string> {
  const seen = new Set(['', text]);
  let readings = [text];
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const deeper: string[] = [];
    for (const reading of readings) {
      for (const decode of [unescaped, base64Texts]) {
        const decoded = decode(reading);
        if (seen.has(decoded)) continue;
        seen.add(decoded);
        deeper.push(decoded);
        yield decoded;
      }
    }
    readings = deeper;
  }
}

/** Undoes percent-encoding; what is not UTF-8 is read as Latin-1. */
export function percentDecoded(text: string): string {
  if (!text.includes('%')) return text;
  const decoded = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => charOf(parseInt(hex, 16)));
  return utf8OfLatin1(decoded) ?? decoded;
}

/** The text of UTF-8 bytes that were read as Latin-1, as in headers; `undefined` for any other text. */
export function utf8OfLatin1(text: string): string | undefined {
  const isLatin1 = /[\u0080-\u00ff]/.test(text) && !/[\u0100-\uffff]/.test(text);
  return isLatin1 ? utf8Of(Buffer.from(text, 'latin1')) : undefined;
}

function unescaped(text: string): string {
  const plain = percentDecoded(text)
    .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => charOf(parseInt(hex, 16)))
    .replace(/\\(["\\/])/g, '$1')
    .replace(/&#(?:x([0-9a-f]{1,4})|(\d{1,5}));/gi, (_, hex?: string, decimal?: string) =>
      charOf(hex === undefined ? Number(decimal) : parseInt(hex, 16)),
    );
  return mimeDecoded(utf8OfLatin1(plain) ?? plain);
}

/** RFC 2047: `=?utf-8?q?ann=40corp?=`. Its base64 form is found like any other. */
function mimeDecoded(text: string): string {
  return text.replace(/=\?[\w-]+\?q\?([^?]*)\?=/gi, (_, word: string) =>
    percentDecoded(word.replaceAll('_', ' ').replace(/=([0-9a-f]{2})/gi, '%$1')),
  );
}

/** The words of `text` that are base64 of readable text, one a line. */
function base64Texts(text: string): string {
  const decoded = (text.match(BASE64) ?? []).map((word) => utf8Of(Buffer.from(word, 'base64')));
  return decoded.filter((found) => found !== undefined && isReadable(found)).join('\n');
}

/** Whether a text has no control characters but white space. */
function isReadable(text: string): boolean {
  return !/[^\P{Cc}\s]/u.test(text);
}

function utf8Of(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function charOf(code: number): string {
  return String.fromCharCode(code);
}
