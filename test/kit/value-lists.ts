// Lists of values that have much in common, as people paste them from tables and logs.

import { luhn, mod97 } from '../../shared/privacy/detect/checksums.ts';
import { fakeKey } from './fake-key.ts';

/** The value at an index, by kind; all values of a kind are different. */
export const VALUE_LISTS: Readonly<Record<string, (index: number) => string>> = {
  'phone numbers of one network': (index) => `+49151${10_000_000 + index}`,
  'addresses of one mailbox name': (index) => `info${index}@corp-mail.org`,
  'addresses at one domain': (index) => `${letters(index)}.lee@a-very-long-company-name.org`,
  'addresses of one network': (index) =>
    `84.${(index >> 14) + 17}.${(index >> 7) & 127}.${(index & 127) + 1}`,
  'IPv6 addresses of one network': (index) => `2a02:908:1a2b:3c4d::${(index + 1).toString(16)}`,
  'MAC addresses of one maker': (index) => `3c:22:fb:${bytes(index)}`,
  'accounts of one bank': (index) => iban(`500105${String(index).padStart(12, '0')}`),
  'cards of one issuer': (index) => card(`41111111${String(index).padStart(7, '0')}`),
  'keys with one prefix': (index) => fakeKey(`ghp_{w30}${letters(index)}`, 7),
  'tokens with one header': (index) => {
    const payload = Buffer.from(`{"sub":"user-${index}","iat":1516239022}`).toString('base64url');
    return `eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.${payload}.${fakeKey('{n43}', index + 1)}`;
  },
};

/** Values that only their end tells apart, and values that begin with each other. */
export const NESTED_LISTS: Readonly<Record<string, (index: number) => string>> = {
  'of one long beginning': (index) => `${'a1'.repeat(40)}${String(index).padStart(6, '0')}`,
  'that begin with each other': (index) => 'ab'.repeat(6 + index),
  'of repeated letters': (index) => `${'a'.repeat(12 + index)}b`,
};

function letters(index: number): string {
  const digits = index.toString(26).padStart(6, '0');
  return Array.from(digits, (digit) => String.fromCharCode(97 + parseInt(digit, 26))).join('');
}

function bytes(index: number): string {
  const hex = index.toString(16).padStart(6, '0');
  return (hex.match(/../g) ?? []).join(':');
}

function iban(account: string): string {
  const check = 98 - mod97(`${account}DE00`);
  return `DE${String(check).padStart(2, '0')}${account}`;
}

function card(digits: string): string {
  for (let check = 0; ; check += 1) if (luhn(`${digits}${check}`)) return `${digits}${check}`;
}
