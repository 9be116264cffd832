import fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';
import {
  isInternationalNumber,
  isNationalNumber,
} from '../../../../../shared/privacy/detect/numbering-plans.ts';
import { digits } from '../../../../kit/find-with.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const CODES = [...new Set(getCountries().map((country) => getCountryCallingCode(country)))];

function parserAccepts(text: string): boolean {
  return parsePhoneNumberFromString(text)?.isValid() ?? false;
}

describe('numbering plans', () => {
  it.each(Object.entries(examples))('accept the library example of %s', (country, national) => {
    const code = getCountries().find((each) => each === country);
    expect(code && isInternationalNumber(getCountryCallingCode(code) + national)).toBe(true);
  });

  it('agree with the parser', () => {
    checkProperty(
      fc.property(
        fc.constantFrom(...CODES),
        fc.integer({ min: 6, max: 11 }).chain((length) => digits(length)),
        (code, national) => {
          const parsed = parsePhoneNumberFromString(`+${code}${national}`);
          // The parser also removes carrier prefixes, which makes it another number.
          fc.pre(parsed?.number === `+${code}${national}`);
          expect(isInternationalNumber(code + national)).toBe(parsed.isValid());
        },
      ),
      { runs: 2000 },
    );
  });

  it.each(['15555555555', '2147483647', '999123456789', '4412', '1', ''])('reject %s', (number) => {
    expect(isInternationalNumber(number)).toBe(false);
    expect(parserAccepts(`+${number}`)).toBe(false);
  });

  it.each([
    ['44', '02079460958'],
    ['44', '2079460958'],
    ['33', '0612345678'],
    ['39', '0612345678'],
    ['1', '14155552671'],
  ])('of +%s accept %s with and without the national prefix', (code, national) => {
    expect(isNationalNumber(code, national)).toBe(true);
  });

  it('include non-geographic codes', () => {
    expect(isInternationalNumber('80012345678')).toBe(true);
  });
});
