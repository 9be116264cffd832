// PKCS #12 files, which hold a private key, where a program printed them as text.
/* eslint-disable no-control-regex -- ASN.1 is binary */

import type { Detector, Range } from '../detector.ts';

/** Larger than the usual window: a file holds a key and its certificates. */
const FILE_LENGTH_MAX = 16 * 1024;

const VERSION = '\u0002\u0001\u00030';
/** A sequence, version 3, and the object identifier of its content. */
const PKCS12_HEAD = /0[\x80-\x84\ufffd][\s\S]{1,4}$/;
const PKCS12_BODY = /^[\x80-\x84\ufffd][\s\S]{1,4}\x06\t\*[\x86\ufffd]H/;
/** The salt of its checksum, and up to 65,535 rounds. */
const PKCS12_END = /\x04[\x08-\x20][\s\S]{4,24}\x02(?:\x01[\s\S]|\x02[\s\S]{2})$/;
const PLAIN_LENGTH_MAX = 64;

export const pkcs12File: Detector = {
  entity: 'PRIVATE_KEY',
  label: 'PRIVATEKEY',
  tier: 'A',
  secret: true,
  triggers: [{ kind: 'word', words: [VERSION] }],
  find: (text, start, end): Range | undefined => {
    const head = PKCS12_HEAD.exec(text.slice(Math.max(0, start - 6), start))?.[0];
    if (head === undefined || !PKCS12_BODY.test(text.slice(end, end + 16))) return undefined;
    let fileEnd = end;
    // Another file ends this one, so that a flood of beginnings is read once.
    const another = text.slice(end, start + FILE_LENGTH_MAX).indexOf(VERSION);
    const limit = another < 0 ? Math.min(text.length, start + FILE_LENGTH_MAX) : end + another;
    for (let at = end; at < limit && at - fileEnd < PLAIN_LENGTH_MAX; at++) {
      if (isBinary(text.charCodeAt(at))) fileEnd = at + 1;
    }
    // A key that nobody can open, as it is cut short, is none.
    if (!PKCS12_END.test(text.slice(fileEnd - 32, fileEnd))) return undefined;
    return { start: start - head.length, end: fileEnd };
  },
};

function isBinary(code: number): boolean {
  return (code < 32 && code !== 9 && code !== 10 && code !== 13) || code >= 127;
}
