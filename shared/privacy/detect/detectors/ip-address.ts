// Public IP addresses, which identify people or their homes. Excludes reserved addresses, public
// resolvers, network bases and four-part versions: most dotted numbers in code are one of these.

import { isIPv4, isIPv6 } from 'node:net';
import { isHarmlessIp } from '../allow-list.ts';
import {
  COLON,
  DOT,
  isDigit,
  isHex,
  isLetter,
  isWord,
  MINUS,
  SLASH,
  codeAt,
} from '../characters.ts';
import type { Detector, Range } from '../detector.ts';

const IPV4_LENGTH_MIN = '1.1.1.1'.length;
const IPV6_LENGTH_MAX = 45;
const ONE = 49;
const CHAPTER_PART_MIN = 64;

/**
 * Text before a version: `version 1.2.3.4`, `FileVersion("1.2.3.4")`, `rev: 1.2.3.4`, `>=1.2.3.4`, an
 * RCS file name (`lapi.c,v 1.2.3.4`), and the versions before it in a list. `Server` and `driver`
 * end in `ver` but are other words.
 */
const BEFORE_VERSION =
  /(?:(?:[vV]ersion|VERSION|[rR]elease|RELEASE|[rR]evision|REVISION|(?<![A-Za-z])(?:[bB]uild|[vV]er|[rR]ev|[sS]ection|[cC]hapter|BUILD|VER|REV)|(?<=[a-z])(?:Build|Ver|Rev))(?:s|en|S)?\.?\)?["'*`]*(?: is| was| to| from| of)?[\s:=("'*`>]*["'`]?(?:v?\d{1,4}(?:\.\d{1,4}){1,4}["'`]?(?:[ ,;/|&]| and| or| to| through|->|→|–){1,4}["'`]?){0,8}|[<>!]=[ ]?|[~^]|==|,v[ \t]{1,4})$/;
/** Text before an address, never before a version: `ip: 1.2.3.4`, `http://1.2.3.4`. */
const BEFORE_ADDRESS =
  /(?:\bip(?:v4)?|addr(?:ess)?|\bhost(?:name)?|:\/\/|@)["']?(?:\s+is)?[\s:=]*["']?$/i;
const BEFORE_LENGTH = 16;
/** The numbers around it in the path of a drawing: `2.83-2.12 3.51.98.32 2.03.5`. */
const DECIMAL_BEFORE = /(?<![\d.])\d*\.\d+(?:\.\d+)?[ ,]$/;
const DECIMAL_AFTER = /^[ ,]?-?\d*\.\d+(?:\.\d+)?(?![\d.])/;
/** A list of versions. */
const BEFORE_VERSION_LENGTH = 64;

/** X.500 attributes and extensions: `2.5.4.72`. */
const OBJECT_IDENTIFIER = /^2\.5\.(?:4|29)\./;
/** `"v8": "4.5.103.30"`. */
const JAVASCRIPT_ENGINE = /\bv8["']?[ \t]*[:=][ \t]*["']?$/i;

const shared = { entity: 'IP_ADDRESS', label: 'IP', tier: 'B' } as const;

export const ipv4: Detector = {
  ...shared,
  // A digit group may also hold a time before the address or a port after it.
  triggers: [{ kind: 'digits', digitsMin: 4, digitsMax: 28 }],
  find(text, start, end) {
    let at = start;
    while (end - at >= IPV4_LENGTH_MIN) {
      const found = ipv4At(text, at);
      if (found) return found;
      while (at < end && isAddressCode(codeAt(text, at))) at++;
      at++;
    }
    return undefined;
  },
};

export const ipv6: Detector = {
  ...shared,
  triggers: [{ kind: 'char', chars: ':', before: /[\da-f]/i, after: /[\da-f:]/i }],
  find: (text, colon) => ipv6Compressed(text, colon) ?? ipv6Complete(text, colon),
};

/** Public addresses begin with 2000 to 3fff (RFC 4291 2.4), which no identifier does. */
function ipv6Compressed(text: string, colon: number): Range | undefined {
  const start = colon - 4;
  const first = codeAt(text, start);
  if ((first !== 50 && first !== 51) || !isColonOrHex(codeAt(text, colon + 1))) return undefined;
  if (!isHex(codeAt(text, start + 1)) || !isHex(codeAt(text, start + 2))) return undefined;
  const before = codeAt(text, start - 1);
  if (!isHex(codeAt(text, start + 3)) || isWord(before) || before === COLON) return undefined;
  let end = colon;
  while (end - start <= IPV6_LENGTH_MAX && isColonOrHex(codeAt(text, end), DOT)) end++;
  if (isWord(codeAt(text, end))) return undefined;
  while (codeAt(text, end - 1) === DOT || isLoneColon(text, end - 1)) end--;
  return addressAt(text, start, end);
}

const GROUPS = 8;
const LONG_GROUPS_MIN = 6;

/** All eight groups, with most of their zeros or none: no other identifier is written like that. */
function ipv6Complete(text: string, colon: number): Range | undefined {
  if (!isHex(codeAt(text, colon + 1)) || !isHex(codeAt(text, colon - 1))) return undefined;
  let start = colon;
  while (colon - start <= 4 && isHex(codeAt(text, start - 1))) start--;
  const before = codeAt(text, start - 1);
  if (colon - start > 4 || isWord(before) || before === COLON) return undefined;
  let long = 0;
  let at = start;
  for (let group = 0; group < GROUPS; group++) {
    if (group > 0 && codeAt(text, at++) !== COLON) return undefined;
    const from = at;
    while (at - from <= 4 && isHex(codeAt(text, at))) at++;
    if (at === from || at - from > 4) return undefined;
    if (at - from > 2) long++;
  }
  if (long < LONG_GROUPS_MIN || isWord(codeAt(text, at))) return undefined;
  const next = codeAt(text, at);
  if (next === COLON && isHex(codeAt(text, at + 1))) return undefined;
  return isExample(text.slice(start, at)) ? undefined : addressAt(text, start, at);
}

/** Examples repeat groups or spell words: `FEDC:BA98:7654:3210:FEDC:BA98:7654:3210`, `dead:beef:…`. */
function isExample(address: string): boolean {
  const groups = address
    .toLowerCase()
    .split(':')
    .filter((group) => group.length > 2);
  return new Set(groups).size < groups.length || groups.includes('dead') || groups.includes('beef');
}

function addressAt(text: string, start: number, end: number): Range | undefined {
  const address = text.slice(start, end);
  if (!isIPv6(address) || isHarmlessIp(address)) return undefined;
  const isNetwork = codeAt(text, end) === SLASH && address.endsWith('::');
  return isNetwork ? undefined : { start, end };
}

function ipv4At(text: string, start: number): Range | undefined {
  const end = isReserved(text, start) ? undefined : dottedEnd(text, start);
  if (end === undefined || isPartOfMore(text, start, end)) return undefined;
  const address = text.slice(start, end);
  if (!isIPv4(address) || isNetworkBase(text, address, end) || isHarmlessIp(address))
    return undefined;
  const before = text.slice(Math.max(0, start - BEFORE_LENGTH), start);
  if (DECIMAL_BEFORE.test(before) && DECIMAL_AFTER.test(text.slice(end, end + BEFORE_LENGTH)))
    return undefined;
  if (OBJECT_IDENTIFIER.test(address) || JAVASCRIPT_ENGINE.test(before)) return undefined;
  if (isChapter(address) && !BEFORE_ADDRESS.test(before) && !isPort(text, end)) return undefined;
  const list = text.slice(Math.max(0, start - BEFORE_VERSION_LENGTH), start);
  return BEFORE_VERSION.test(list) ? undefined : { start, end };
}

/** Whether the most frequent addresses that are not public begin at `start`: `10.` and `192.168.`. */
function isReserved(text: string, start: number): boolean {
  if (codeAt(text, start) !== ONE) return false;
  return text.startsWith('10.', start) || text.startsWith('192.168.', start);
}

/** Returns the end of four dotted numbers of at most three digits. */
function dottedEnd(text: string, start: number): number | undefined {
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && codeAt(text, at++) !== DOT) return undefined;
    const partStart = at;
    while (at - partStart < 3 && isDigit(codeAt(text, at))) at++;
    if (at === partStart) return undefined;
  }
  return at;
}

/**
 * Whether the range is part of a longer dotted number, a word or a product name
 * (`Chrome/120.0.1.2`).
 */
function isPartOfMore(text: string, start: number, end: number): boolean {
  const before = codeAt(text, start - 1);
  const after = codeAt(text, end);
  const next = codeAt(text, end + 1);
  if (isWord(before) || before === DOT || isWord(after)) return true;
  if ((before === MINUS || before === SLASH) && isLetter(codeAt(text, start - 2))) return true;
  return (after === DOT && isWord(next)) || (after === MINUS && isLetter(next));
}

/** Whether this is a network base: by prefix length (`5.6.7.0/24`) or by zeros (`5.0.0.0`). */
function isNetworkBase(text: string, address: string, end: number): boolean {
  if (address.endsWith('.0.0')) return true;
  if (address.endsWith('.0') && /^(?:\/| (?:net)?mask)/.test(text.slice(end, end + 9))) return true;
  const bits =
    codeAt(text, end) === SLASH ? Number.parseInt(text.slice(end + 1, end + 3), 10) : NaN;
  if (!(bits >= 0 && bits <= 32)) return false;
  const value = partsOf(address).reduce((sum, part) => sum * 256 + part, 0);
  return value % 2 ** (32 - bits) === 0 && bits < 32;
}

/**
 * Four small parts usually number chapters, versions and objects (`2.5.29.15`); only one address in
 * 256 has them.
 */
function isChapter(address: string): boolean {
  return partsOf(address).every((part) => part < CHAPTER_PART_MIN);
}

function isPort(text: string, end: number): boolean {
  return codeAt(text, end) === COLON && isDigit(codeAt(text, end + 1));
}

function partsOf(address: string): number[] {
  return address.split('.').map(Number);
}

function isAddressCode(code: number): boolean {
  return isDigit(code) || code === DOT;
}

function isColonOrHex(code: number, other = COLON): boolean {
  return code === COLON || code === other || isHex(code);
}

/** Whether the colon ends a sentence rather than the address. */
function isLoneColon(text: string, index: number): boolean {
  return codeAt(text, index) === COLON && codeAt(text, index - 1) !== COLON;
}
