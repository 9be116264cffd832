import { iban, ibanMistyped } from '../../../../../../shared/privacy/detect/detectors/iban.ts';
import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector, digits, isFound } from '../../../../../kit/find-with.ts';
import { checkProperty } from '../../../../../kit/properties.ts';

describeDetector('the IBAN detector', [iban], {
  finds: [
    '«DE89370400440532013000»',
    '«DE89 3704 0044 0532 0130 00»',
    '«DE89-3704-0044-0532-0130-00»',
    '«de89370400440532013000»',
    '«GB82 WEST 1234 5698 7654 32»',
    '«FR1420041010050500013M02606»',
    '«NO9386011117947», «MT84MALT011000012345MTLCAST001S»',
    'pay «NL91ABNA0417164300», please',
    'IBAN:«CH9300762011623852957».',
    '{"iban":"«BE68539007547034»"}',
    '«DE89 3704 0044 0532 0130 00» BIC COBADEFFXXX',
    String.raw`IBAN:\n«DE89370400440532013000»`,
    'from «IR640076000490145253313665», «MA38 0078 0001 1122 3344 5566 7788»',
    '«DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000»',
  ],
  ignores: [
    'DE89370400440532013001',
    'DE88 3704 0044 0532 0130 00',
    'DE8937040044053201300',
    'DE893704004405320130000',
    'XX89370400440532013000',
    'De89370400440532013000',
    'DE89 3704  0044 0532 0130 00',
    'ADE89370400440532013000',
    '_DE89370400440532013000',
    'DE89370400440532013000X',
    'IE6sXk3q9Lz0aVb7',
  ],
});

describeDetector('the detector of IBANs with a mistake', [ibanMistyped], {
  finds: ['IBAN «DE89370400440532013001»', 'my_iban = «GB82 WEST 1234 5698 7654 33»'],
  ignores: ['DE89370400440532013001', 'IBAN DE8937040044053201300'],
});

describe('the IBAN detector', () => {
  it('finds every IBAN that validator accepts', () => {
    const country = fc.constantFrom(
      'DE',
      'AT',
      'BE',
      'DK',
      'ES',
      'FI',
      'HU',
      'PL',
      'PT',
      'SE',
      'HR',
    );
    const lengths = new Map(
      'DE22 AT20 BE16 DK18 ES24 FI18 HU28 PL28 PT25 SE24 HR21'
        .split(' ')
        .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
    );
    checkProperty(
      fc.property(country, digits(24), (code, body) => {
        for (let check = 2; check < 99; check++) {
          const number =
            code + String(check).padStart(2, '0') + body.slice(0, (lengths.get(code) ?? 4) - 4);
          expect(isFound(iban, number), number).toBe(validator.isIBAN(number));
        }
      }),
      { runs: 30 },
    );
  });
});
