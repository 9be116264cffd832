import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJsonText } from '../../../../services/ingress/restore/decode-json-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** The text parsed a JSON string, each char plain or escaped. */
const rawText = fc
  .array(
    fc.oneof(
      fc.constantFrom('P', 'I', '_', 'a', 'u', '0', ' ', '{', 'é', '😀'),
      fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t'),
      fc.constantFrom('\\u0050', '\\u005f', '\\u005F', '\\ud83d', '\\u0000'),
    ),
    { maxLength: 10 },
  )
  .map((chars) => chars.join(''));

function parsed(json: string): string {
  return JSON.parse(`"${json}"`) as string;
}

describe('decodeJsonText', () => {
  it('agrees with JSON.parse wherever token chars are escaped', () => {
    checkProperty(
      fc.property(rawText, (text) => {
        expect(decodeJsonText(`\\u0050${text}`, 1).text).toBe(parsed(`\\u0050${text}`));
      }),
    );
  });

  it('decodes JSON parsed a JSON string', () => {
    checkProperty(
      fc.property(rawText, (text) => {
        const nested = JSON.stringify(`\\u0050${text}`).slice(1, -1);
        expect(decodeJsonText(nested, 2).text).toBe(parsed(`\\u0050${text}`));
      }),
    );
  });

  it('maps each char to its raw position', () => {
    checkProperty(
      fc.property(rawText, (text) => {
        const raw = `\\u0041${text}`;
        const { text: decoded, at } = decodeJsonText(raw, 1);
        expect(at(0)).toBe(0);
        expect(at(decoded.length)).toBe(raw.length);
        for (let index = 0; index < decoded.length; index += 1) {
          expect(parsed(raw.slice(at(index), at(index + 1)))).toBe(decoded[index]);
        }
      }),
    );
  });

  it('omits an unfinished escape at the end and decodes it once complete', () => {
    const [start, rest] = ['PII\\u005', 'fX'];
    // As in an event: each backslash is escaped again.
    const { text, at } = decodeJsonText('PII\\\\u005', 2);
    expect([text, at(text.length)]).toEqual(['PII', 3]);
    expect(decodeJsonText(`PII\\\\u005${rest}`, 2).text).toBe('PII_X');
    expect(parsed(start + rest)).toBe('PII_X');
  });

  it.each([
    ['a backslash', 'x\\\\', 'x'],
    ['a u', 'x\\\\u', 'x'],
    ['the start of an escaped letter', 'x\\\\u006', 'x'],
    ['the start of any escape', 'x\\\\ud8f\\\\u001', 'x\ufffdd8f'],
    ['an escaped backslash', 'x\\\\\\\\', 'x\\'],
    ['an escaped backslash and u005', 'x\\\\\\\\u005', 'x\\u005'],
    ['an invalid escape', '\\\\u0041\\\\x', 'A\ufffd'],
    ['an invalid code', '\\\\u0041\\\\uzz', 'A\ufffdzz'],
    ['an underscore that is escaped for Markdown', 'a\\\\_b', 'a_b'],
    ['a truncated code', '\\\\u0041\\\\u00z', 'A\ufffd00z'],
  ])('decodes inner JSON that ends in %s', (_, text, decoded) => {
    expect(decodeJsonText(text, 2).text).toBe(decoded);
  });

  it('does not decode escapes that can hide no token', () => {
    expect(decodeJsonText('\\n\\"PII_\\u20ac', 1).text).toBe('\\n\\"PII_\\u20ac');
  });
});
