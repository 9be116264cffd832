// Models escape, encode, recase and relabel placeholders. Each is found by its suffix, and nothing else is.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  IssuedPlaceholders,
  SPELLING_LENGTH_MAX,
} from '../../../../services/ingress/restore/issued-placeholders.ts';
import { restoreText } from '../../../../services/ingress/restore/restore-text.ts';
import * as tokens from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';
import { anySpelling, SPELLINGS } from '../../../kit/spellings.ts';

const { EMAIL, LONGEST, NAME, UNKNOWN, VALUES } = tokens;
const ANN = 'ann.miller@corp.example';

const restored = (text: string, values: Readonly<Record<string, string>> = VALUES) =>
  restoreText(text, issued(values));
const heldIn = (text: string, values: Readonly<Record<string, string>> = VALUES) =>
  text.slice(new IssuedPlaceholders(issued(values)).findIn(text, false).heldFrom);

describe.each(Object.entries(SPELLINGS))('a placeholder in %s', (_, spelled) => {
  it('is restored, between any texts', () => {
    for (const [before, after] of [
      ['', ''],
      ['to ', ', bye'],
      ['x', 's'],
      ['PII_', '_PII'],
      ['"', '"'],
      [EMAIL, NAME],
    ] as const) {
      const expected = restored(before) + ANN + restored(after);
      expect(restored(before + spelled(EMAIL) + after), before).toBe(expected);
    }
  });

  it('stays if this request did not issue it', () => {
    const text = `a ${spelled(UNKNOWN)} b`;
    expect(restored(text)).toBe(text);
    expect(restored(`a ${spelled(EMAIL)} b`, {})).toBe(`a ${spelled(EMAIL)} b`);
  });

  it('stays if a character of its suffix is missing or changed', () => {
    for (let at = EMAIL.length - 8; at < EMAIL.length; at += 1) {
      const changed = EMAIL.slice(0, at) + (EMAIL[at] === 'q' ? 'r' : 'q') + EMAIL.slice(at + 1);
      expect(restored(spelled(changed))).toBe(spelled(changed));
    }
    expect(restored(spelled(EMAIL).slice(0, -1))).toBe(spelled(EMAIL).slice(0, -1));
  });

  it('is held back wherever it is cut, and not longer', () => {
    const text = spelled(EMAIL);
    for (let end = 1; end < text.length; end += 1) {
      expect(heldIn(`see ${text.slice(0, end)}`), text.slice(0, end)).toBe(text.slice(0, end));
    }
    expect(heldIn(`see ${text}`)).toBe('');
  });
});

describe('placeholders of a request', () => {
  it('are found in any mixture of spellings', () => {
    checkProperty(
      fc.property(anySpelling, fc.constantFrom(EMAIL, NAME, LONGEST), (spell, placeholder) => {
        expect(restored(`(${spell(placeholder)})`)).toBe(`(${VALUES[placeholder]})`);
      }),
      { runs: 300 },
    );
  });

  it('are the same as a search for each spelling at each position finds', () => {
    const part = fc.oneof(
      tokens.placeholderText,
      fc
        .tuple(anySpelling, fc.constantFrom(...Object.keys(VALUES)))
        .map(([spell, each]) => spell(each)),
      fc
        .tuple(anySpelling, fc.constantFrom(EMAIL, UNKNOWN), fc.nat(60))
        .map(([spell, each, end]) => spell(each).slice(0, end)),
      fc.constantFrom('p', 'pii', 'pii_', '_PII', '%5', '&#9', '\\', '\u200b', '7k3qx5ta', '-'),
    );
    checkProperty(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const text = parts.join('');
        expect(restored(text)).toBe(tokens.slowlyRestored(text));
      }),
      { runs: 200 },
    );
  });

  it('of two values with one suffix are told apart by their labels, or stay', () => {
    const values = { PII_EMAIL_7k3qx5ta: 'ann', PII_NAME_7k3qx5ta: 'zoe' };
    expect(restored('pii\\_email\\_7k3qx5ta PII_Name_7K3QX5TA', values)).toBe('ann zoe');
    expect(restored('PII_MAIL_7k3qx5ta', values)).toBe('PII_MAIL_7k3qx5ta');
  });

  it.each([
    ['the suffix alone', '7k3qx5ta'],
    ['no label', 'PII_7k3qx5ta'],
    ['a space', 'PII_EMAIL_ 7k3qx5ta'],
    ['a line break', 'PII_EMAIL_\n7k3qx5ta'],
    ['no separator', 'PIIEMAIL7k3qx5ta'],
    ['another prefix', 'PIN_EMAIL_7k3qx5ta'],
    ['a label of more than 32 characters', `PII_${'A'.repeat(33)}_7k3qx5ta`],
    ['more invisible characters than anybody writes', `PII_EMAIL${'\u200b'.repeat(250)}_7k3qx5ta`],
  ])('are not found with %s', (_, text) => {
    expect(restored(text)).toBe(text);
  });

  it('begin again where another begins', () => {
    expect(restored('pii_email_pii_email_7k3qx5ta')).toBe(`pii_email_${ANN}`);
    expect(restored('PII\\_EMAIL\\_7k3PII\\_EMAIL\\_7k3qx5ta')).toBe(`PII\\_EMAIL\\_7k3${ANN}`);
  });

  it('hold back no more than one spelling', () => {
    checkProperty(
      fc.property(
        fc.array(anySpelling, { minLength: 1, maxLength: 3 }),
        fc.nat(80),
        (spells, end) => {
          const text = spells
            .map((spell) => spell(UNKNOWN))
            .join('')
            .slice(0, -end || undefined);
          expect(heldIn(text).length).toBeLessThanOrEqual(SPELLING_LENGTH_MAX);
        },
      ),
    );
    expect(heldIn(`PII_${'\u200b'.repeat(1_000)}`)).toBe('');
    expect(heldIn(`PII_${'A'.repeat(1_000)}`)).toBe('');
  });

  it.each([
    ['prefixes', 'PII_'],
    ['prefixes without a separator', 'PII-PII'],
    ['labels', 'PII_ABCDEFGHIJKL_qqqqqqq_'],
    ['entities', 'PII&amp;'],
    ['backslashes', 'PII\\\\\\'],
    ['invisible characters', 'P\u200bI\u200bI\u200b'],
    ['unknown placeholders', `${UNKNOWN}\\`],
  ])('are judged in steps whose number grows with the text: %s', (_, part) => {
    const steps = (repeats: number) =>
      Array.from(new IssuedPlaceholders(issued(VALUES)).findSteps(part.repeat(repeats), true))
        .length;
    expect(steps(20_000)).toBeGreaterThan(30);
    expect(steps(40_000)).toBeLessThanOrEqual(2 * steps(20_000) + 1);
  });
});
