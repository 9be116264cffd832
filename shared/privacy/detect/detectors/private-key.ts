// Private keys: PEM of all kinds, OpenSSH, PGP, PuTTY and age. A header needs a body, because code
// that reads keys is full of headers. The body is read character by character up to its END line,
// so a flood of headers costs no more than one pass.

import { beginsAt } from '../boundary.ts';
import { codeAt, EQUALS, isDigit, isLetter, PLUS, SLASH } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';

/** Larger than the usual window: a 16,384-bit RSA key has 13 KB. */
const KEY_LENGTH_MAX = 16 * 1024;
const BODY_LENGTH_MIN = 40;
/** Body lines have 48 to 76 characters; a shorter one is the last line, or prose. */
const LINE_LENGTH_MIN = 24;
/** What a short line has that is no word of prose. */
const NO_WORD = /[\d+/=]|[a-z][A-Z]/;
const SEPARATORS_LENGTH_MAX = 64;
const HEADER_LINES_MAX = 8;
/** `MIIJ` and two characters of the length. */
const DER_LENGTH_LENGTH = 6;

const BEGIN = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y;
const END = /-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}/y;
/** `Proc-Type: 4,ENCRYPTED`, `Version: GnuPG v2`; RFC 1421 and RFC 9580. */
const HEADER_LINE =
  /[A-Za-z][A-Za-z-]{2,30}: ?[^\r\n\\"'-]{0,160}(?:-[^\r\n\\"'-]{1,160}){0,6}(?=[\r\n\\"'])/y;
const PUTTY_HEAD = /PuTTY-User-Key-File-\d: [\w.-]{4,40}\s{1,4}Encryption: [\w.-]{1,20}\s/y;
const PUTTY_BODY = 'Private-Lines: ';
const PUTTY_PUBLIC_LENGTH_MAX = 4096;
const PUTTY_MAC = /\s{0,4}Private-MAC: [0-9a-f]{40,64}/y;
const AGE = /AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58,120}(?![A-Za-z0-9])/y;

const shared = { entity: 'PRIVATE_KEY', label: 'PRIVATEKEY', tier: 'A', secret: true } as const;

export const pemPrivateKey: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: ['-----BEGIN ', '---- BEGIN '] }],
  find: (text, start) => {
    BEGIN.lastIndex = start;
    if (!BEGIN.test(text)) return undefined;
    const body = bodyFrom(text, BEGIN.lastIndex, start + KEY_LENGTH_MAX);
    if (body.length < BODY_LENGTH_MIN) return undefined;
    END.lastIndex = body.next;
    return { start, end: END.test(text) ? END.lastIndex : body.end };
  },
};

export const puttyPrivateKey: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: ['PuTTY-User-Key-File-'] }],
  find: (text, start) => {
    PUTTY_HEAD.lastIndex = start;
    if (!PUTTY_HEAD.test(text)) return undefined;
    const head = text.slice(start, start + PUTTY_PUBLIC_LENGTH_MAX);
    const lines = head.indexOf(PUTTY_BODY);
    const first = head.indexOf('\n', lines);
    if (lines < 0 || first < 0) return undefined;
    const body = bodyFrom(text, start + first, start + KEY_LENGTH_MAX);
    if (body.length < BODY_LENGTH_MIN) return undefined;
    PUTTY_MAC.lastIndex = body.end;
    return { start, end: PUTTY_MAC.test(text) ? PUTTY_MAC.lastIndex : body.end };
  },
};

export const agePrivateKey: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: ['AGE-SECRET-KEY-'] }],
  find: (text, start): Range | undefined => {
    AGE.lastIndex = start;
    return beginsAt(text, start) && AGE.test(text) ? { start, end: AGE.lastIndex } : undefined;
  },
};

/** ASN.1 of private keys in base64: PKCS #12, PKCS #8, PKCS #1, and elliptic curves; and OpenSSH without its lines. */
const DER = {
  marks: [
    'IBAzCC',
    'IBADANBgkqhkiG9w0BAQEFAASC',
    'IBAAKC',
    'IBAAKB',
    'IBAAJB',
    'MHcCAQEEI',
    'MIGkAgEBBD',
    'MIGHAgEAMBMGByqGSM49',
    'MC4CAQAwBQYDK2VwBCIEI',
    'b3BlbnNzaC1rZXktdjE',
  ],
  /** The length before the first mark. */
  length: /(?<![A-Za-z0-9+/])MI[IJ][A-Z][A-Za-z0-9+/][AQgw]$/,
};

export const derPrivateKey: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: DER.marks }],
  find: (text, start, end): Range | undefined => {
    const mark = text.slice(start, end);
    if (!DER.marks.includes(mark)) return undefined;
    const length = mark.startsWith('IB') ? DER_LENGTH_LENGTH : 0;
    const keyStart = start - length;
    if (length > 0 && !DER.length.test(text.slice(Math.max(0, keyStart - 1), start)))
      return undefined;
    if (length === 0 && !beginsAt(text, start)) return undefined;
    const chars = length > 0 ? derChars(text.slice(keyStart, keyStart + DER_LENGTH_LENGTH)) : 0;
    const body = bodyFrom(text, keyStart, keyStart + KEY_LENGTH_MAX, chars);
    return body.length < BODY_LENGTH_MIN ? undefined : { start: keyStart, end: body.end };
  },
};

/** Characters of base64 that hold what begins so: ASN.1 of a length in two bytes. */
function derChars(start: string): number {
  const header = Buffer.from(start, 'base64');
  return 4 * Math.ceil((4 + header.readUInt16BE(2)) / 3);
}

interface Body {
  /** End of the last line that certainly belongs to it. */
  readonly end: number;
  /** End of the following separators, where an END line would be. */
  readonly next: number;
  /** Number of base64 characters. */
  readonly length: number;
}

/**
 * Reads lines of base64 and their separators: line breaks, also escaped once or twice, quotes, plus
 * signs and comment marks where a key is a literal in source code.
 * @param chars the characters of base64 in all lines, if that is known
 */
function bodyFrom(text: string, from: number, limit: number, chars = 0): Body {
  let end = from;
  let length = 0;
  let headerLines = 0;
  let shortLines = 0;
  let next = separatorsEnd(text, from);
  while (next < limit) {
    HEADER_LINE.lastIndex = next;
    if (length === 0 && headerLines < HEADER_LINES_MAX && HEADER_LINE.test(text)) {
      headerLines++;
      next = separatorsEnd(text, HEADER_LINE.lastIndex);
      continue;
    }
    const lineEnd = base64End(text, next, limit);
    if (lineEnd === next) break;
    const lineLength = lineEnd - next;
    // The last line and the PGP checksum are two short lines in a row; a third is prose.
    if (lineLength < LINE_LENGTH_MIN && (length === 0 || ++shortLines > 2)) break;
    const line = text.slice(next, lineEnd);
    const isLast = shortLines === 1 && text[lineEnd] !== ' ' && NO_WORD.test(line);
    length += line.replaceAll('\\', '').length;
    if (lineLength >= LINE_LENGTH_MIN || line.endsWith('=') || isLast || length === chars) {
      end = lineEnd;
    }
    next = separatorsEnd(text, lineEnd);
    if (length === chars) break;
  }
  return { end, next, length };
}

function separatorsEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + SEPARATORS_LENGTH_MAX);
  let at = from;
  while (at < limit) {
    const char = text[at] ?? '';
    if (char === '\\') {
      while (text[at] === '\\') at++;
      if (text[at] === 'n' || text[at] === 'r' || text[at] === 't') at++;
    } else if (' \n\r\t"\'`+,;|>#*'.includes(char) && !isJoinedPlus(text, at, from)) at++;
    else break;
  }
  return at;
}

/** A plus sign directly before base64, without a space, is base64 itself. */
function isJoinedPlus(text: string, at: number, from: number): boolean {
  return text[at] === '+' && (at === from || /[A-Za-z0-9+/=]/.test(text[at + 1] ?? ''));
}

function base64End(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit && (isBase64(codeAt(text, at)) || isEscapedSlash(text, at))) at++;
  return at;
}

function isBase64(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === PLUS || code === SLASH || code === EQUALS;
}

function isEscapedSlash(text: string, at: number): boolean {
  return text[at] === '\\' && text[at + 1] === '/';
}
