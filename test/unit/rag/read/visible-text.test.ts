import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibleText } from '../../../../services/rag/read/visible-text.ts';
import { found } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';

const odd = fc.constantFrom(
  ...Array.from(
    '\u00ad\u200b\u200d\u200e\u202e\u2060\u2066\ufe0f\ufeff\u3164\u{e0041}\u{e007f}\u{e0100}\ud800\r\n ab',
  ),
);
const texts = fc.array(odd).map((characters) => characters.join(''));

describe('visibleText', () => {
  test('leaves nothing that the invisible-text policy pack would report', () => {
    checkProperty(
      fc.property(texts, (text) => {
        expect(found({ type: 'pack', pack: 'invisible_text' }, visibleText(text))).toEqual([]);
      }),
    );
  });

  test('reduces many blank lines to two', () => {
    expect(visibleText(`a${'\n \t'.repeat(100)}\nb`)).toBe('a\n\n\nb');
  });

  test('is idempotent', () => {
    checkProperty(
      fc.property(texts, (text) => {
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
      }),
    );
  });

  test('keeps all visible text', () => {
    checkProperty(
      fc.property(
        fc.string({ unit: fc.constantFrom('a\n', ...Array.from('aé漢字🙂 ,.')) }),
        (text) => {
          expect(visibleText(text)).toBe(text);
        },
      ),
    );
  });
});
