// Check digits as their standards define them. Each function expects its input without separators;
// the caller checks length and characters.

import { hash } from 'node:crypto';
import { BASE58 } from '../../runtime/ids.ts';

/**
 * ISO/IEC 7812-1 annex B. Catches every single wrong digit and most transpositions. Ignores
 * everything but digits in `[start, end)`.
 */
export function luhn(text: string, start = 0, end = text.length): boolean {
  let sum = 0;
  let isDoubled = false;
  for (let place = end - 1; place >= start; place--) {
    const digit = text.charCodeAt(place) - 48;
    if (digit < 0 || digit > 9) continue;
    sum += isDoubled ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
    isDoubled = !isDoubled;
  }
  return sum % 10 === 0;
}

/** The dihedral group D5 as a table, and the permutation by position (Verhoeff, 1969). */
const VERHOEFF_PRODUCT =
  '0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210';
const VERHOEFF_PLACE =
  '01234567891576283094580379614289160435279453126870428657390127938064157046913258';

/** Verhoeff. Catches every single wrong digit and every transposition of neighbours. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const moved = VERHOEFF_PLACE.charCodeAt((place % 8) * 10 + digit) - 48;
    check = VERHOEFF_PRODUCT.charCodeAt(check * 10 + moved) - 48;
  }
  return check === 0;
}

/** Sums digit times weight over the length of `weights`. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let place = 0; place < weights.length; place++) {
    sum += (digits.charCodeAt(place) - 48) * (weights[place] ?? 0);
  }
  return sum;
}

/** Returns the digit at `place`; negative places count from the end. */
export function digitAt(digits: string, place: number): number {
  return digits.charCodeAt(place < 0 ? digits.length + place : place) - 48;
}

/**
 * ISO 7064: the remainder modulo 97 of a number of any length; letters count as 10 to 35 in either
 * case. `rest` continues from the remainder of the digits before.
 */
export function mod97(text: string, start = 0, end = text.length, rest = 0): number {
  for (let place = start; place < end; place++) {
    const code = text.charCodeAt(place);
    // Clearing bit 5 (32) makes a letter upper-case.
    rest = code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + (code & ~32) - 55) % 97;
  }
  return rest;
}

/** ISO 7064 MOD 11,10: the last digit is the check digit. */
export function mod11And10(digits: string): boolean {
  let product = 10;
  for (let place = 0; place < digits.length - 1; place++) {
    const sum = (digitAt(digits, place) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (product + digitAt(digits, -1)) % 10 === 1;
}

/** ISO 7064 MOD 11-2: the last character is a digit, or X for 10. */
export function mod11Radix2(text: string): boolean {
  let product = 0;
  for (let place = 0; place < text.length - 1; place++) {
    product = ((product + digitAt(text, place)) * 2) % 11;
  }
  const last = text.charCodeAt(text.length - 1);
  return (product + (last === 88 ? 10 : last - 48)) % 11 === 1;
}

const BASE58_VALUES = valuesOf(BASE58);

/**
 * Base58Check of Bitcoin addresses: a version byte, 20 bytes and 4 bytes of a double SHA-256.
 * @returns the version byte, or undefined if the text is not an address
 */
export function base58CheckVersion(text: string): number | undefined {
  const bytes = new Uint8Array(25);
  for (let place = 0; place < text.length; place++) {
    let carry = BASE58_VALUES[text.charCodeAt(place)] ?? -1;
    if (carry < 0) return undefined;
    for (let index = 24; index >= 0; index--) {
      carry += (bytes[index] ?? 0) * 58;
      bytes[index] = carry & 255;
      carry >>= 8;
    }
    if (carry > 0) return undefined;
  }
  const digest = sha256(sha256(bytes.subarray(0, 21)));
  return digest.subarray(0, 4).equals(bytes.subarray(21)) ? bytes[0] : undefined;
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

const BECH32_VALUES = valuesOf('qpzry9x8gf2tvdw0s3jn54khce6mua7l');
const BECH32_GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const BECH32_VARIANT_BY_REST = new Map<number, 'bech32' | 'bech32m'>([
  [1, 'bech32'],
  [0x2bc830a3, 'bech32m'],
]);

/**
 * BIP 173 and BIP 350. `text` is lower-case; the human-readable part ends before the last `1`.
 * @returns the variant whose checksum holds, or undefined
 */
export function bech32Variant(text: string): 'bech32' | 'bech32m' | undefined {
  const split = text.lastIndexOf('1');
  let rest = 1;
  for (let place = 0; place < split; place++) rest = step(rest, text.charCodeAt(place) >> 5);
  rest = step(rest, 0);
  for (let place = 0; place < split; place++) rest = step(rest, text.charCodeAt(place) & 31);
  for (let place = split + 1; place < text.length; place++) {
    const value = BECH32_VALUES[text.charCodeAt(place)] ?? -1;
    if (value < 0) return undefined;
    rest = step(rest, value);
  }
  return BECH32_VARIANT_BY_REST.get(rest);
}

function step(rest: number, value: number): number {
  const top = rest >> 25;
  let next = ((rest & 0x1ffffff) << 5) ^ value;
  for (let bit = 0; bit < 5; bit++) {
    if ((top >> bit) & 1) next ^= BECH32_GENERATOR[bit] ?? 0;
  }
  return next;
}

/** Returns the position in the alphabet by character code; -1 if absent. */
function valuesOf(alphabet: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let place = 0; place < alphabet.length; place++) {
    values[alphabet.charCodeAt(place)] = place;
  }
  return values;
}
