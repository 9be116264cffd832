import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../../shared/anthropic/parsed-request.ts';
import { limits } from '../../../../shared/limits.ts';
import { TextValue } from '../../../../shared/json/text-value.ts';
import { finish } from '../../../kit/finish.ts';
import { checkProperty } from '../../../kit/properties.ts';

const LONG = 262_144;

/** A JSON string with some characters escaped. */
function escaped(text: string, period: number): string {
  const units = text.split('').map((unit, index) => {
    if (index % period !== 0) return JSON.stringify(unit).slice(1, -1);
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  // A pair is escaped as a whole or not at all.
  return `"${units.join('').replaceAll(/[\ud800-\udfff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)}"`;
}

describe('the key of a text', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '"', '\n', 'é', '😀', '\ud83d', '1') });

  it('is the same in a body and alone, however the text is escaped, and that of no other text', () => {
    checkProperty(
      fc.property(text, text, fc.integer({ min: 1, max: 5 }), (one, other, period) => {
        const body = Buffer.from(`[${JSON.stringify(one)},${escaped(one, period)}]`);
        const parsed = parseRequest(body, limits.json);
        const keys = parsed.textFields.texts.map((node) => parsed.textAt(node).key);
        const key = (literal: string) => new TextValue(literal).key;
        expect(new Set([...keys, key(JSON.stringify(one)), key(escaped(one, period))]).size).toBe(
          1,
        );
        expect(keys[0] === key(JSON.stringify(other))).toBe(one === other);
      }),
    );
  });

  it('tells a number from its digits', () => {
    expect(new TextValue('12').key).not.toBe(new TextValue('"12"').key);
    expect(new TextValue('12').key).not.toBe(new TextValue('13').key);
  });

  it('is the same in steps as at once, also around a surrogate pair', () => {
    const filler = fc.integer({ min: LONG - 3, max: LONG + 1 }).map((length) => 'x'.repeat(length));
    checkProperty(
      fc.property(filler, fc.constantFrom('😀', 'ü', '\\ud83d', ''), (one, middle) => {
        const literal = `"${one}${middle}${one}"`;
        const stepped = new TextValue(literal);
        finish(stepped.hash());
        expect(stepped.key).toBe(new TextValue(literal).key);
        expect(stepped.value === JSON.parse(literal)).toBe(true);
      }),
      { runs: 20 },
    );
  });

  it('takes steps for a long text, and none for a short text or a second time', () => {
    const long = new TextValue(`"${'x'.repeat(3 * LONG)}"`);
    expect([...long.hash()].length).toBeGreaterThan(10);
    expect([...long.hash()]).toHaveLength(0);
    expect([...new TextValue('"short"').hash()]).toHaveLength(0);
  });
});

describe('the value of a long text', () => {
  const piece = fc.constantFrom(
    '\\\\',
    '\\"',
    '\\n',
    '\\u00e9',
    '\\ud83d\\ude00',
    '\\/',
    'x',
    'é',
    '😀',
  );
  const literals = fc
    .array(fc.tuple(piece, fc.integer({ min: 1, max: 20_000 })), { maxLength: 12 })
    .map((runs) => `"${runs.map(([text, count]) => text.repeat(count)).join('')}"`);

  it('is the same in steps as at once, wherever its escapes are', () => {
    checkProperty(
      fc.property(literals, (literal) => {
        const text = new TextValue(literal);
        finish(text.decode());
        expect(text.value === JSON.parse(literal)).toBe(true);
      }),
      { runs: 50 },
    );
  });

  it('takes a step for every 32,768 characters', () => {
    const backslashes = new TextValue(`"${'\\\\'.repeat(1_000_000)}"`);
    expect([...backslashes.decode()].length).toBeGreaterThan(60);
    expect([...backslashes.decode()]).toHaveLength(0);
  });
});
