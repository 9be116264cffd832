import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJsonText } from '../../../../services/ingress/restore/decode-json-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** The inside of JSON strings of one text: each unit as it is, or escaped in some way. */
const written = fc
  .array(
    fc.oneof(
      fc.constantFrom('P', 'I', '_', 'a', 'u', '0', ' ', '{', 'é', '😀'),
      fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t'),
      fc.constantFrom('\\u0050', '\\u005f', '\\u005F', '\\ud83d', '\\u0000'),
    ),
    { maxLength: 10 },
  )
  .map((units) => units.join(''));

function inside(json: string): string {
  return JSON.parse(`"${json}"`) as string;
}

describe('decodeJsonText', () => {
  it('is what JSON.parse reads, wherever escapes of token characters stand', () => {
    checkProperty(
      fc.property(written, (text) => {
        expect(decodeJsonText(`\\u0050${text}`, 1).text).toBe(inside(`\\u0050${text}`));
      }),
    );
  });

  it('reads JSON that stands in a JSON string', () => {
    checkProperty(
      fc.property(written, (text) => {
        const nested = JSON.stringify(`\\u0050${text}`).slice(1, -1);
        expect(decodeJsonText(nested, 2).text).toBe(inside(`\\u0050${text}`));
      }),
    );
  });

  it('says where each unit is written, so that the pieces make up the whole', () => {
    checkProperty(
      fc.property(written, (text) => {
        const whole = `u00${text}`;
        const { text: meant, at } = decodeJsonText(whole, 1);
        expect(at(0)).toBe(0);
        expect(at(meant.length)).toBe(whole.length);
        for (let index = 0; index < meant.length; index += 1) {
          expect(inside(whole.slice(at(index), at(index + 1)))).toBe(meant[index]);
        }
      }),
    );
  });

  it('leaves an unfinished escape at the end out, and reads it with what follows', () => {
    const [start, rest] = ['PII\\u005', 'fX'];
    // As the text of an event: each backslash is escaped again.
    const { text, at } = decodeJsonText('PII\\\\u005', 2);
    expect([text, at(text.length)]).toEqual(['PII', 3]);
    expect(decodeJsonText(`PII\\\\u005${rest}`, 2).text).toBe('PII_X');
    expect(inside(start + rest)).toBe('PII_X');
  });

  it.each([
    ['a backslash', 'x\\\\', 'x'],
    ['a u', 'x\\\\u', 'x'],
    ['the start of a letter', 'x\\\\u006', 'x'],
    ['the start of what no token has', 'x\\\\ud8f\\\\u001', 'x\ufffdd8f\ufffd001'],
    ['an escaped backslash', 'x\\\\\\\\', 'x\\'],
    ['an escaped backslash and u005', 'x\\\\\\\\u005', 'x\\u005'],
    ['what is no escape', 'u00\\\\x', 'u00\ufffd'],
    ['a code that is none', 'u00\\\\uzz', 'u00\ufffdzz'],
    ['a code that breaks off', 'u00\\\\u00z', 'u00\ufffd00z'],
  ])('of inner JSON that ends in %s is right', (_, text, meant) => {
    expect(decodeJsonText(text, 2).text).toBe(meant);
  });

  it('reads no escapes where no token can be hidden in them', () => {
    expect(decodeJsonText('\\n\\"PII_\\u20ac', 1).text).toBe('\\n\\"PII_\\u20ac');
  });
});
