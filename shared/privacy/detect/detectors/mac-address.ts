// MAC addresses: six hex bytes with colons or hyphens. Excludes group addresses, zero,
// documentation addresses (RFC 9542 2.1.4), and key fingerprints, which are longer.

import { isHex, isLetter, isWord, MINUS } from '../characters.ts';
import type { Detector } from '../detector.ts';

const LENGTH = '00:11:22:33:44:55'.length;

export const macAddress: Detector = {
  entity: 'MAC_ADDRESS',
  label: 'MAC',
  tier: 'B',
  triggers: [{ kind: 'char', chars: ':-' }],
  find(text, sign) {
    const separator = text.charCodeAt(sign);
    if (text.charCodeAt(sign + 3) !== separator || text.charCodeAt(sign + 6) !== separator) {
      return undefined;
    }
    const start = sign - 2;
    const end = start + LENGTH;
    if (!isAddress(text, start, separator)) return undefined;
    const before = text.charCodeAt(start - 1);
    const after = text.charCodeAt(end);
    if (isWord(before) || before === separator || isWord(after)) return undefined;
    if (after === separator && isHex(text.charCodeAt(end + 1))) return undefined;
    return isNotDevice(text.slice(start, end), separator) ? undefined : { start, end };
  },
};

function isAddress(text: string, start: number, separator: number): boolean {
  for (let place = 0; place < LENGTH; place++) {
    const code = text.charCodeAt(start + place);
    if (place % 3 === 2 ? code !== separator : !isHex(code)) return false;
  }
  return true;
}

function isNotDevice(address: string, separator: number): boolean {
  // Six pairs of digits with hyphens are more often a date and time.
  const hasLetter = Array.from(address).some((char) => isLetter(char.charCodeAt(0)));
  if (separator === MINUS && !hasLetter) return true;
  const isGroup = Number.parseInt(address.slice(0, 2), 16) % 2 === 1;
  const plain = address.toLowerCase().replaceAll(/[:-]/g, '');
  return isGroup || plain === '000000000000' || plain.startsWith('00005e0053');
}
