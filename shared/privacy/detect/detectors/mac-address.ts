// MAC addresses: six hex bytes with colons or hyphens, or three groups of four with dots. Excludes group
// addresses, zero, documentation addresses (RFC 9542 2.1.4), examples, and key fingerprints, which are
// longer.

import { DOT, isHex, isLetter, isWord, MINUS, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';

const LENGTH = '00:11:22:33:44:55'.length;
const DOTTED_LENGTH = '0011.2233.4455'.length;
const GROUP = 4;
/** Signs before something longer, such as the collation weights `[.20AC.0020.0002]`. */
const BOUND = '.-*[';

/** Addresses that count up or spell words: documentation and tests. */
const EXAMPLES = new Set(
  '001122334455 010203040506 0123456789ab 123456789abc aabbccddeeff a0b1c2d3e4f5 deadbeefcafe cafebabebeef'.split(
    ' ',
  ),
);

export const macAddress: Detector = {
  entity: 'MAC_ADDRESS',
  label: 'MAC',
  tier: 'B',
  triggers: [{ kind: 'char', chars: ':-', before: /[\da-f]/i, after: /[\da-f]/i }],
  find(text, sign) {
    const separator = codeAt(text, sign);
    if (codeAt(text, sign + 3) !== separator || codeAt(text, sign + 6) !== separator) {
      return undefined;
    }
    const start = sign - 2;
    const end = start + LENGTH;
    if (!isAddress(text, start, separator)) return undefined;
    const before = codeAt(text, start - 1);
    const after = codeAt(text, end);
    if (isWord(before) || before === separator || isWord(after)) return undefined;
    if (after === separator && isHex(codeAt(text, end + 1))) return undefined;
    return isNotDevice(text, start, end, separator) ? undefined : { start, end };
  },
};

/** As Cisco writes them: `0012.3456.789a`. */
export const macAddressDotted: Detector = {
  entity: 'MAC_ADDRESS',
  label: 'MAC',
  tier: 'B',
  triggers: [
    { kind: 'digits', digitsMin: GROUP, digitsMax: 3 * GROUP },
    { kind: 'run', lengthMin: GROUP, lengthMax: GROUP },
  ],
  find(text, from) {
    if (codeAt(text, from + GROUP) !== DOT && codeAt(text, from - 1) !== DOT) return undefined;
    for (let start = from; start >= from - 2 * (GROUP + 1); start -= GROUP + 1) {
      if (isDottedAddress(text, start)) return { start, end: start + DOTTED_LENGTH };
    }
    return undefined;
  },
};

function isDottedAddress(text: string, start: number): boolean {
  const end = start + DOTTED_LENGTH;
  let letters = 0;
  let startsWithDigit = false;
  for (let place = 0; place < DOTTED_LENGTH; place++) {
    const code = codeAt(text, start + place);
    if (place % (GROUP + 1) === GROUP) {
      if (code !== DOT) return false;
      continue;
    }
    if (!isHex(code)) return false;
    if (isLetter(code)) letters++;
    else if (place % (GROUP + 1) === 0) startsWithDigit = true;
  }
  // No name of a property begins with a digit, and no decimal has letters.
  if ((letters === 0 || !startsWithDigit) && !isNamed(text, start)) return false;
  const before = codeAt(text, start - 1);
  const after = codeAt(text, end);
  if (isWord(before) || BOUND.includes(text[start - 1] ?? ' ') || isWord(after)) return false;
  if (after === DOT && isWord(codeAt(text, end + 1))) return false;
  return !isNotDevice(text, start, end, DOT);
}

function isAddress(text: string, start: number, separator: number): boolean {
  for (let place = 0; place < LENGTH; place++) {
    const code = codeAt(text, start + place);
    if (place % 3 === 2 ? code !== separator : !isHex(code)) return false;
  }
  return true;
}

/** Text before an address that is named as one, so even an example is somebody's. */
const NAMED =
  /(?:(?<![A-Za-z])mac|hardware|physical|ethernet|bssid|hwaddr)s?(?![a-z])[^\n]{0,40}$/i;
const NAMED_LENGTH = 56;

function isNamed(text: string, start: number): boolean {
  return NAMED.test(text.slice(Math.max(0, start - NAMED_LENGTH), start));
}

function isNotDevice(text: string, start: number, end: number, separator: number): boolean {
  const address = text.slice(start, end);
  // Six pairs of digits with hyphens are more often a date and time.
  const hasLetter = Array.from(address).some((char) => isLetter(char.charCodeAt(0)));
  if (separator === MINUS && !hasLetter) return true;
  const isGroup = Number.parseInt(address.slice(0, 2), 16) % 2 === 1;
  const plain = address.toLowerCase().replaceAll(/[:.-]/g, '');
  if (/^(?:0{12}|f{12})$/.test(plain)) return true;
  // Docker and others make these from private IP addresses.
  if (/^02..(?:0a|ac1|c0a8)/.test(plain)) return true;
  if (isNamed(text, start)) return false;
  if (isGroup || EXAMPLES.has(plain) || plain.startsWith('00005e0053')) return true;
  return /^(.)\1{11}$|^(..)\2{5}$/.test(plain);
}
