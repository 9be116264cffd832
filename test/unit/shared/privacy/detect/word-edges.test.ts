import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WordEdges } from '../../../../../shared/privacy/detect/word-edges.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const WORDS = ['id', 'tax id', 'phone', 'telephone number', 'été', '電話', 'iban2', 'n'];
const first = new WordEdges(WORDS, 'first');
const last = new WordEdges(WORDS, 'last');

describe('edges of words', () => {
  it('pass every word, whatever is beside it and between its parts', () => {
    const beside = fc.constantFrom('', ' ', ': ', '"', '_', '1', '電', '-é-', '\n');
    checkProperty(
      fc.property(
        fc.constantFrom(...WORDS),
        fc.constantFrom(' ', '  ', '_', '-', '. '),
        fc.boolean(),
        beside,
        beside,
        (word, sign, isUpper, before, after) => {
          const spelled = (isUpper ? word.toUpperCase() : word).replaceAll(' ', sign);
          const text = `${before}${spelled}${after}`;
          const end = before.length + spelled.length;
          expect(first.mayBeAt(text, before.length)).toBe(true);
          expect(last.mayBeAt(text, end)).toBe(true);
        },
      ),
    );
  });

  it.each(['taxId', 'TaxID', 'userId', 'telephoneNumber', 'telephonenumber', 'home phone'])(
    'pass %j, whose parts need no sign between them',
    (text) => {
      expect(last.mayBeAt(text, text.length)).toBe(true);
    },
  );

  it.each(['valid', 'hone', 'one', 'xphones', 'number ', '', 'x'])(
    'reject %j at its end',
    (text) => {
      expect(last.mayBeAt(text, text.length)).toBe(false);
    },
  );

  it.each(['idea', 'phon', 'tele', ' phone', '', 'x'])('reject %j at its start', (text) => {
    expect(first.mayBeAt(text, 0)).toBe(false);
  });
});
