import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LABEL_PATTERN,
  tenantKey,
  placeholderOf,
  placeholderPattern,
} from '../../../../shared/privacy/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';

const MASTER = masterKey('a master key that is thirty two b');
const KEY = tenantKey(MASTER, 'tenant-a');
const PLACEHOLDER = /^PII_[A-Z]{2,12}_[a-z2-7]{8}$/;

const label = fc.stringMatching(/^[A-Z]{2,12}$/);
const value = fc.string({ unit: 'binary', maxLength: 40 });

function masterKey(text: string): KeyObject {
  return createSecretKey(Buffer.from(text));
}

describe('a placeholder', () => {
  it('has the documented format', () => {
    checkProperty(
      fc.property(label, value, (name, text) => {
        const placeholder = placeholderOf(KEY, name, text);
        expect(placeholder).toMatch(PLACEHOLDER);
        expect(placeholder).toContain(`PII_${name}_`);
      }),
    );
  });

  it('is the same for the same value in every process', () => {
    expect(placeholderOf(KEY, 'EMAIL', 'ann@corp.example')).toBe('PII_EMAIL_yfvmxqml');
    expect(placeholderOf(KEY, 'NAME', 'Zoë Grüße \u{1f600}')).toBe('PII_NAME_iopvfjkp');
    expect(placeholderOf(tenantKey(MASTER, 'mandant-ü'), 'ID', '')).toBe('PII_ID_zcbvfb7m');
    expect(placeholderOf(tenantKey(MASTER, 'tenant-a'), 'EMAIL', 'ann@corp.example')).toBe(
      placeholderOf(KEY, 'EMAIL', 'ann@corp.example'),
    );
  });

  it('ends in 40 bits of HMAC-SHA-256, for keys of any length', () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 130 });
    checkProperty(
      fc.property(key, value, (bytes, text) => {
        const digest = createHmac('sha256', bytes).update(text).digest().subarray(0, 5);
        const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, '0')).join('');
        const letters = (bits.match(/.{5}/g) ?? []).map(
          (five) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(five, 2)],
        );
        expect(placeholderOf(createSecretKey(bytes), 'ID', text)).toBe(
          `PII_ID_${letters.join('')}`,
        );
      }),
    );
  });

  it('differs between values', () => {
    const placeholders = Array.from({ length: 5_000 }, (_, i) =>
      placeholderOf(KEY, 'EMAIL', `user${i}`),
    );
    expect(new Set(placeholders).size).toBe(placeholders.length);
  });

  it('uses every letter of its suffix alphabet', () => {
    const suffixes = Array.from({ length: 500 }, (_, i) =>
      placeholderOf(KEY, 'ID', String(i)).slice(-8),
    );
    expect(new Set(suffixes.join(''))).toEqual(new Set('abcdefghijklmnopqrstuvwxyz234567'));
  });

  it('differs between values that look alike', () => {
    const values = ['a', 'A', ' a', 'a\0', 'é', 'e\u0301', '', '\ufeffa'];
    expect(new Set(values.map((text) => placeholderOf(KEY, 'ID', text))).size).toBe(values.length);
  });

  it('has unrelated suffixes for different tenants and master keys', () => {
    const suffix = (key: KeyObject) => placeholderOf(key, 'EMAIL', 'ann@corp.example').slice(-8);
    const keys = [
      KEY,
      tenantKey(MASTER, 'tenant-b'),
      tenantKey(MASTER, ''),
      tenantKey(masterKey('another master key'), 'tenant-a'),
    ];
    expect(new Set(keys.map(suffix)).size).toBe(keys.length);
  });

  it.each([
    ['EMAIL', true],
    ['ID', true],
    ['ABCDEFGHIJKL', true],
    ['A', false],
    ['ABCDEFGHIJKLM', false],
    ['email', false],
    ['A_B', false],
    ['A1', false],
  ])('may have the label %s: %s', (name, allowed) => {
    expect(LABEL_PATTERN.test(name)).toBe(allowed);
  });
});

/** Texts from fragments of placeholders, so that starts of placeholders abound. */
const placeholderLikeText = fc
  .array(
    fc.oneof(
      fc.constantFrom('P', 'PI', 'PII', 'PII_', '_', 'A', 'PII_EMAIL_', 'I', 'a', '2', '8', '\\'),
      fc.tuple(label, value).map(([name, text]) => placeholderOf(KEY, name, text)),
      fc.tuple(label, fc.nat(24)).map(([name, end]) => placeholderOf(KEY, name, '').slice(0, end)),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

describe('placeholderPattern()', () => {
  it('finds placeholders that touch each other or other letters', () => {
    const [one, two] = [placeholderOf(KEY, 'EMAIL', '1'), placeholderOf(KEY, 'IP', '2')];
    expect(`x${one}${two}abc_${one}PII_${two}`.match(placeholderPattern())).toEqual([
      one,
      two,
      one,
      two,
    ]);
  });

  it('finds no overlapping placeholders, wherever the search begins', () => {
    checkProperty(
      fc.property(placeholderLikeText, (text) => {
        const starts = new Set<number>();
        for (let from = 0; from < text.length; from += 1) {
          const pattern = placeholderPattern();
          pattern.lastIndex = from;
          const match = pattern.exec(text);
          if (match) starts.add(match.index);
        }
        const inOnePass = Array.from(text.matchAll(placeholderPattern()), ({ index }) => index);
        expect([...starts].toSorted((a, b) => a - b)).toEqual(inOnePass);
      }),
    );
  });

  it('returns a new RegExp on each call', () => {
    expect(placeholderPattern()).not.toBe(placeholderPattern());
  });
});
