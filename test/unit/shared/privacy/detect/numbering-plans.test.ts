import fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import metadata from 'libphonenumber-js/max/metadata';
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

/** The national prefix of the calling code: the sixth field of its first country. */
function nationalPrefixOf(code: string): string {
  const country = Object.entries(metadata.country_calling_codes).find(([each]) => each === code);
  const plan: readonly unknown[] = metadata.countries[country?.[1][0] ?? 'US'] ?? [];
  return typeof plan[5] === 'string' ? plan[5] : '';
}

/** The parser leaves the prefix of some plans (Colombia's 0) in place and refuses the number. */
function parserAcceptsWithPrefix(code: string, national: string): boolean {
  const prefix = nationalPrefixOf(code);
  if (prefix === '' || !national.startsWith(prefix)) return false;
  const rest = `+${code}${national.slice(prefix.length)}`;
  const parsed = parsePhoneNumberFromString(rest);
  return parsed?.number === rest && parsed.isValid();
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
          expect(isInternationalNumber(code + national)).toBe(
            parsed.isValid() || parserAcceptsWithPrefix(code, national),
          );
        },
      ),
      { runs: 2000, examples: [['57', '03000000000']] },
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
