import { describe, expect, it } from 'vitest';
import {
  compileContext,
  CONTEXT_AFTER,
  CONTEXT_BEFORE,
} from '../../../../../shared/privacy/detect/context.ts';

const VALUE = '123456789';

/** Whether one of the words is near VALUE. */
function hasContext(words: readonly string[], text: string): boolean {
  const start = text.indexOf(VALUE);
  return compileContext(words)(text, start, start + VALUE.length);
}

describe('context', () => {
  it.each([
    'ssn: 123456789',
    'SSN 123456789',
    'customer_ssn=123456789',
    'customer-ssn: 123456789',
    'customerSsn = 123456789',
    'customerSSN = 123456789',
    'SSNNumber = 123456789',
    'ssn2: 123456789',
    'the SSNs are 123456789',
    '123456789 is my ssn',
    '{"ssn":"123456789"}',
  ])('finds a word in %s', (text) => {
    expect(hasContext(['ssn'], text)).toBe(true);
  });

  it.each([
    'lessness 123456789',
    'assn 123456789',
    'ssnx 123456789',
    's s n 123456789',
    '123456789',
  ])('finds no word in %s', (text) => {
    expect(hasContext(['ssn'], text)).toBe(false);
  });

  it.each([
    'social security 123456789',
    'Social  Security no. 123456789',
    'SOCIAL_SECURITY=123456789',
    'socialSecurityNumber: 123456789',
    'social-security: 123456789',
    'socialsecurity: 123456789',
  ])('finds a word of two parts in %s', (text) => {
    expect(hasContext(['social security'], text)).toBe(true);
  });

  it.each(['social 123456789', 'social, my security 123456789', 'social     security 123456789'])(
    'finds no word of two parts in %s',
    (text) => {
      expect(hasContext(['social security'], text)).toBe(false);
    },
  );

  it('matches any of the words, even if one begins another', () => {
    const words = ['tax', 'tax id', 'taxpayer', 'e-mail', 'w2 form'];
    for (const text of ['taxpayer', 'taxId', 'tax', 'e-mail', 'email', 'W2 form', 'w2-form']) {
      expect(hasContext(words, `${text}: ${VALUE}`), text).toBe(true);
    }
    expect(hasContext(words, `taxi ${VALUE}`)).toBe(false);
  });

  it('supports non-ASCII letters and scripts without spaces', () => {
    expect(hasContext(['téléphone'], `Téléphone : ${VALUE}`)).toBe(true);
    expect(hasContext(['phone'], `élphone ${VALUE}`)).toBe(false);
    expect(hasContext(['电话'], `我的电话是${VALUE}`)).toBe(true);
    expect(hasContext(['телефон'], `ТЕЛЕФОН ${VALUE}`)).toBe(true);
  });

  it('has a limited reach before and after the value', () => {
    const before = (gap: number) => `ssn${' '.repeat(gap)}${VALUE}`;
    expect(hasContext(['ssn'], before(CONTEXT_BEFORE - 3))).toBe(true);
    expect(hasContext(['ssn'], before(CONTEXT_BEFORE - 2))).toBe(false);
    const after = (gap: number) => `${VALUE}${' '.repeat(gap)}ssn`;
    expect(hasContext(['ssn'], after(CONTEXT_AFTER - 3))).toBe(true);
    expect(hasContext(['ssn'], after(CONTEXT_AFTER - 2))).toBe(false);
  });

  it('ignores the rest of a word at the edge', () => {
    expect(hasContext(['phone'], `telephone${' '.repeat(CONTEXT_BEFORE - 5)}${VALUE}`)).toBe(false);
    expect(hasContext(['phone'], `${VALUE}${' '.repeat(CONTEXT_AFTER - 5)}phonetic`)).toBe(false);
  });

  it('ignores the value itself', () => {
    expect(compileContext(['ssn'])('x ssn-123 y', 2, 9)).toBe(false);
  });
});
