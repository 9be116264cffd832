import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelGate } from '../../../../../shared/privacy/detect/label-gate.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const LABELS = ['phone', 'tax id', 'ssn', 'sécu', '電話', 'iban2', 'n'];
const gate = new LabelGate(LABELS);

/** Whether the gate passes the first number with five digits. */
function passes(text: string): boolean {
  const start = text.indexOf('12345');
  return gate.passes(text, start, start + 5);
}

describe('the gate of labelled numbers', () => {
  it('passes a number beside a label, whatever is between them and around them', () => {
    const link = fc.constantFrom(': ', ' = ', '="', '": "', ' is ', ' no. ', '\n', ' (', '>', '|');
    // A letter beside a label makes it another word.
    const lead = fc.constantFrom('', ' ', 'é ', '"', '\n', 'x ', '1 ');
    const rest = fc.constantFrom('', ' ', '"', '\n', ',', ')');
    checkProperty(
      fc.property(
        fc.constantFrom(...LABELS),
        fc.boolean(),
        link,
        lead,
        rest,
        (label, isUpper, sign, before, after) => {
          const spelled = isUpper ? label.toUpperCase() : label;
          const lines = sign === '\n' ? ':\n' : sign;
          expect(passes(`${before}${spelled}${lines}12345${after}`)).toBe(true);
          expect(passes(`${before}12345 (${spelled})${after}`)).toBe(true);
          expect(passes(`${before}12345 is my ${spelled}${after}`)).toBe(true);
        },
      ),
    );
  });

  it.each([
    'phone2: 12345',
    'phone_2 = 12345',
    'phones: 98765, 12345',
    'What is your ssn? User: 12345',
    'phone: +49 (12345',
    'phone: ____12345',
    'phone: AB 12345',
    '<phone>12345</phone>',
    'customerPhone=12345',
  ])('passes %j', (text) => {
    expect(passes(text)).toBe(true);
  });

  it.each([
    '12345',
    'status=12345',
    'took 12345 ms',
    'x_12345',
    '$12345',
    'get(12345)',
    'a, b, 12345',
    'microphonic 12345',
    '}\n12345\n{',
    '12345 bytes',
  ])('rejects %j', (text) => {
    expect(passes(text)).toBe(false);
  });
});
