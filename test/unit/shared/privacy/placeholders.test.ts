import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LABEL_PATTERN,
  tenantKey,
  TOKEN_LENGTH_MAX,
  tokenOf,
  tokenPattern,
  tokenStartLength,
} from '../../../../shared/privacy/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';

const MASTER = masterKey('a master key that is thirty two b');
const KEY = tenantKey(MASTER, 'tenant-a');
const TOKEN = /^PII_[A-Z]{2,12}_[a-z2-7]{8}$/;

const label = fc.stringMatching(/^[A-Z]{2,12}$/);
const value = fc.string({ unit: 'binary', maxLength: 40 });

function masterKey(text: string): KeyObject {
  return createSecretKey(Buffer.from(text));
}

describe('a token', () => {
  it('has the documented format and length', () => {
    checkProperty(
      fc.property(label, value, (name, text) => {
        const token = tokenOf(KEY, name, text);
        expect(token).toMatch(TOKEN);
        expect(token.length).toBeLessThanOrEqual(TOKEN_LENGTH_MAX);
        expect(token).toContain(`PII_${name}_`);
      }),
    );
  });

  it('is the same for the same value in every process', () => {
    expect(tokenOf(KEY, 'EMAIL', 'ann@corp.example')).toBe('PII_EMAIL_yfvmxqml');
    expect(tokenOf(KEY, 'NAME', 'Zoë Grüße \u{1f600}')).toBe('PII_NAME_iopvfjkp');
    expect(tokenOf(tenantKey(MASTER, 'mandant-ü'), 'ID', '')).toBe('PII_ID_zcbvfb7m');
    expect(tokenOf(tenantKey(MASTER, 'tenant-a'), 'EMAIL', 'ann@corp.example')).toBe(
      tokenOf(KEY, 'EMAIL', 'ann@corp.example'),
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
        expect(tokenOf(createSecretKey(bytes), 'ID', text)).toBe(`PII_ID_${letters.join('')}`);
      }),
    );
  });

  it('differs between values', () => {
    const tokens = Array.from({ length: 5_000 }, (_, i) => tokenOf(KEY, 'EMAIL', `user${i}`));
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('uses every letter of its suffix alphabet', () => {
    const suffixes = Array.from({ length: 500 }, (_, i) => tokenOf(KEY, 'ID', String(i)).slice(-8));
    expect(new Set(suffixes.join(''))).toEqual(new Set('abcdefghijklmnopqrstuvwxyz234567'));
  });

  it('differs between values that look alike', () => {
    const values = ['a', 'A', ' a', 'a\0', 'é', 'e\u0301', '', '\ufeffa'];
    expect(new Set(values.map((text) => tokenOf(KEY, 'ID', text))).size).toBe(values.length);
  });

  it('has unrelated suffixes for different tenants and master keys', () => {
    const suffix = (key: KeyObject) => tokenOf(key, 'EMAIL', 'ann@corp.example').slice(-8);
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

/** Texts from fragments of tokens, so that starts of tokens abound. */
const tokenLikeText = fc
  .array(
    fc.oneof(
      fc.constantFrom('P', 'PI', 'PII', 'PII_', '_', 'A', 'PII_EMAIL_', 'I', 'a', '2', '8', '\\'),
      fc.tuple(label, value).map(([name, text]) => tokenOf(KEY, name, text)),
      fc.tuple(label, fc.nat(24)).map(([name, end]) => tokenOf(KEY, name, '').slice(0, end)),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

describe('tokenPattern()', () => {
  it('finds tokens that touch each other or other letters', () => {
    const [one, two] = [tokenOf(KEY, 'EMAIL', '1'), tokenOf(KEY, 'IP', '2')];
    expect(`x${one}${two}abc_${one}PII_${two}`.match(tokenPattern())).toEqual([one, two, one, two]);
  });

  it('finds no overlapping tokens, wherever the search begins', () => {
    checkProperty(
      fc.property(tokenLikeText, (text) => {
        const starts = new Set<number>();
        for (let from = 0; from < text.length; from += 1) {
          const pattern = tokenPattern();
          pattern.lastIndex = from;
          const match = pattern.exec(text);
          if (match) starts.add(match.index);
        }
        const inOnePass = Array.from(text.matchAll(tokenPattern()), ({ index }) => index);
        expect([...starts].toSorted((a, b) => a - b)).toEqual(inOnePass);
      }),
    );
  });

  it('returns a new RegExp on each call', () => {
    expect(tokenPattern()).not.toBe(tokenPattern());
  });
});

/** Ends of tokens for every label length; one of them completes any start of a token. */
const ENDS = Array.from({ length: 11 }, (_, i) => `PII_${'A'.repeat(i + 2)}_aaaaaaaa`).flatMap(
  (token) => Array.from(token, (_, at) => token.slice(at)),
);

function canBecomeToken(start: string): boolean {
  return start !== '' && ENDS.some((end) => TOKEN.test(start + end));
}

/** Reference implementation. */
function longestStart(text: string): number {
  for (let from = 0; from < text.length; from += 1) {
    if (canBecomeToken(text.slice(from))) return text.length - from;
  }
  return 0;
}

describe('tokenStartLength()', () => {
  it('returns the longest suffix that more text can complete to a token', () => {
    checkProperty(
      fc.property(tokenLikeText, (text) => {
        for (let end = 0; end <= text.length; end += 1) {
          const cut = text.slice(0, end);
          expect(tokenStartLength(cut), cut).toBe(longestStart(cut));
        }
      }),
    );
  });

  it('includes every start of a token, whatever precedes it', () => {
    for (const token of ['PII_EMAIL_7k3qx5ta', 'PII_ABCDEFGHIJKL_22222222', 'PII_PII_pppppppp']) {
      for (let end = 1; end < token.length; end += 1) {
        for (const before of ['', 'x', 'PII', token, 'PII_']) {
          expect(tokenStartLength(before + token.slice(0, end)), before).toBeGreaterThanOrEqual(
            end,
          );
        }
      }
      expect(tokenStartLength(token)).toBe(0);
    }
  });

  it('is less than the longest token', () => {
    checkProperty(
      fc.property(tokenLikeText, (text) => {
        expect(tokenStartLength(text)).toBeLessThan(TOKEN_LENGTH_MAX);
      }),
    );
    expect(tokenStartLength('PII_ABCDEFGHIJKL_2222222')).toBe(TOKEN_LENGTH_MAX - 1);
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
    expect(tokenStartLength(text)).toBe(length);
  });

  it('inspects only the end of a long text', () => {
    expect(tokenStartLength(`${'PII_'.repeat(1_000_000)}PII_EM`)).toBe(6);
  });
});
