import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LABEL_PATTERN,
  tenantKey,
  PLACEHOLDER_LENGTH_MAX,
  placeholderOf,
  placeholderPattern,
  placeholderStartLength,
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
  it('has the documented format and length', () => {
    checkProperty(
      fc.property(label, value, (name, text) => {
        const placeholder = placeholderOf(KEY, name, text);
        expect(placeholder).toMatch(PLACEHOLDER);
        expect(placeholder.length).toBeLessThanOrEqual(PLACEHOLDER_LENGTH_MAX);
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

/** Ends of placeholders for every label length; one of them completes any start of a placeholder. */
const ENDS = Array.from({ length: 11 }, (_, i) => `PII_${'A'.repeat(i + 2)}_aaaaaaaa`).flatMap(
  (placeholder) => Array.from(placeholder, (_, at) => placeholder.slice(at)),
);

function canBecomePlaceholder(start: string): boolean {
  return start !== '' && ENDS.some((end) => PLACEHOLDER.test(start + end));
}

/** Reference implementation. */
function longestStart(text: string): number {
  for (let from = 0; from < text.length; from += 1) {
    if (canBecomePlaceholder(text.slice(from))) return text.length - from;
  }
  return 0;
}

describe('placeholderStartLength()', () => {
  it('returns the longest suffix that more text can complete to a placeholder', () => {
    checkProperty(
      fc.property(placeholderLikeText, (text) => {
        for (let end = 0; end <= text.length; end += 1) {
          const cut = text.slice(0, end);
          expect(placeholderStartLength(cut), cut).toBe(longestStart(cut));
        }
      }),
    );
  });

  it('includes every start of a placeholder, whatever precedes it', () => {
    for (const placeholder of [
      'PII_EMAIL_7k3qx5ta',
      'PII_ABCDEFGHIJKL_22222222',
      'PII_PII_pppppppp',
    ]) {
      for (let end = 1; end < placeholder.length; end += 1) {
        for (const before of ['', 'x', 'PII', placeholder, 'PII_']) {
          expect(
            placeholderStartLength(before + placeholder.slice(0, end)),
            before,
          ).toBeGreaterThanOrEqual(end);
        }
      }
      expect(placeholderStartLength(placeholder)).toBe(0);
    }
  });

  it('is less than the longest placeholder', () => {
    checkProperty(
      fc.property(placeholderLikeText, (text) => {
        expect(placeholderStartLength(text)).toBeLessThan(PLACEHOLDER_LENGTH_MAX);
      }),
    );
    expect(placeholderStartLength('PII_ABCDEFGHIJKL_2222222')).toBe(PLACEHOLDER_LENGTH_MAX - 1);
  });

  it.each([
    ['a start that continues otherwise', 'PII is short', 0],
    ['a complete label of one letter', 'PII_A_', 0],
    ['a label that is too long', 'PII_ABCDEFGHIJKLM', 0],
    ['a digit outside the alphabet', 'PII_EMAIL_7k1', 0],
    ['lower case', 'pii_', 0],
    ['a P', 'stop', 0],
    ['a possible long label', 'PII_EMAILPII_', 13],
    ['a start after an invalid label', 'PII_EMAILPII_E', 5],
    ['a start inside another start', 'PII_E_PI', 2],
    ['no text', '', 0],
  ])('handles %s', (_, text, length) => {
    expect(placeholderStartLength(text)).toBe(length);
  });

  it('inspects only the end of a long text', () => {
    expect(placeholderStartLength(`${'PII_'.repeat(1_000_000)}PII_EM`)).toBe(6);
  });
});
