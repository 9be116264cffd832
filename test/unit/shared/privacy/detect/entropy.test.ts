import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bitsPerChar,
  isSequence,
  looksGenerated,
  looksRandom,
  readsAsWords,
} from '../../../../../shared/privacy/detect/entropy.ts';
import { checkProperty } from '../../../../kit/properties.ts';

describe('bitsPerChar()', () => {
  it.each([
    ['', 0],
    ['aaaa', 0],
    ['abab', 1],
    ['abcd', 2],
    ['aab', 0.918],
  ])('of %j is %d', (text, bits) => {
    expect(bitsPerChar(text)).toBeCloseTo(bits, 3);
  });

  it('is never above the logarithm of the length', () => {
    checkProperty(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const bits = bitsPerChar(text);
        expect(bits).toBeGreaterThanOrEqual(0);
        expect(bits).toBeLessThanOrEqual(Math.log2(text.length) + 1e-9);
      }),
    );
  });
});

describe('looksRandom()', () => {
  it.each([
    ['in hex', (hash: string) => hash.slice(0, 40)],
    ['in base64', (hash: string) => Buffer.from(hash, 'hex').toString('base64')],
  ])('holds for nearly all random texts %s', (_, encode) => {
    const texts = Array.from({ length: 2000 }, (_item, seed) =>
      encode(createHash('sha256').update(String(seed)).digest('hex')),
    );
    expect(texts.filter((text) => !looksRandom(text)).length).toBeLessThan(10);
  });

  it.each([
    'short1234abcdef',
    '1234567890123456789',
    'abcdefghijklmnopqrstuvwxyz012345',
    'aaaaaaaaaaaaaaaaaaaaaa1',
    'my_application_secret_key_v2',
    'application/vnd.api+json;v=2',
    'getServerSidePropertiesFor2Users',
    'InterpolationInJSX',
    'alllowercaseletterswithoutdigits',
  ])('does not hold for %s', (text) => {
    expect(looksRandom(text)).toBe(false);
  });
});

describe('isSequence()', () => {
  it.each([
    ['abcdefgh12345678', true],
    ['zyxwvuts', true],
    ['abc123def456', false],
    ['hunter22', false],
  ])('of %s is %s', (text, expected) => {
    expect(isSequence(text)).toBe(expected);
  });
});

describe('looksGenerated()', () => {
  it.each([
    ['AIhq5Xyb1Gga9Q0', true],
    ['K2u6mFw8wJOsAf', true],
    ['hunter22', false],
    ['Utf8Decoder22', false],
    ['RenderPass2', false],
    ['abcdefghijkl12', false],
    ['Abcdefghijk123', false],
    ['K2u6-mFw8wJOsAf', false],
  ])('of %j is %s', (text, expected) => {
    expect(looksGenerated(text)).toBe(expected);
  });
});

describe('readsAsWords()', () => {
  it.each([
    ['current-password', true],
    ['ATX_HEADING1', true],
    ['auth.form.password', true],
    ['sessionCookieName', true],
    ['k3ys-9Qm2xZ81', false],
    ['d41d8cd98f00b204e9800998ecf8427e', false],
    ['bcdfghjklmnp', false],
    ['', false],
  ])('of %j is %s', (text, expected) => {
    expect(readsAsWords(text)).toBe(expected);
  });
});
