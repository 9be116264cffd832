import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextValue } from '../../../../shared/json/text-value.ts';
import { finish } from '../../../kit/finish.ts';
import { checkProperty } from '../../../kit/properties.ts';

const STEP = 262_144;

describe('the hash of a long text', () => {
  it('is the same in steps as at once, also around a surrogate pair', () => {
    const filler = fc.integer({ min: STEP - 3, max: STEP + 1 }).map((length) => 'x'.repeat(length));
    const tail = fc.string({ unit: 'binary', minLength: 1 });
    checkProperty(
      fc.property(
        filler,
        tail,
        fc.constantFrom('😀', 'ü', '\ud83d', '\ude00', ''),
        (one, two, three) => {
          const literal = `"${one}${three}${two}${one}"`;
          const stepped = new TextValue(literal);
          finish(stepped.hash());
          expect(stepped.key).toBe(new TextValue(literal).key);
        },
      ),
      { runs: 50 },
    );
  });

  it('takes a step for each part, and none for a short text or a second time', () => {
    const text = new TextValue(`"${'x'.repeat(3 * STEP)}"`);
    expect([...text.hash()]).toHaveLength(4);
    expect([...text.hash()]).toHaveLength(0);
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
