import {
  phoneBracketed,
  phoneInternational,
  phoneNational,
  phoneNorthAmerican,
  phoneSpoken,
  phoneWithExitCode,
} from '../../../../../../shared/privacy/detect/detectors/phone.ts';
import fc from 'fast-check';
import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, it } from 'vitest';
import { describeDetector, digits, findWith } from '../../../../../kit/find-with.ts';
import { samplesOf } from '../../../../../kit/properties.ts';

describeDetector('the detector of international telephone numbers', [phoneInternational], {
  finds: [
    '«+14155552671»',
    '«+1 415 555 2671», «+1-415-555-2671», «+1.415.555.2671», «+1 (415) 555-2671»',
    'tel:«+442079460958;ext=1»',
    '«+44 (0)20 7946 0958»',
    '«+44 020 7946 0958»',
    '«+49 30 901820», «+49 (030) 901820», «+49-1512-3456789», «+49/1512/3456789»',
    '«+33 6 12 34 56 78» «+33.6.12.34.56.78»',
    '«+91 98765 43210», «+55 11 98765-4321», «+86 138 0013 8000»',
    '«+1 415 555 2671» 2024',
    '«+1 555 123 4567», as films have it',
    '{"phone":"«+14155552671»"}',
    '«+14155552671».',
    '«+14155552671»\n«+442079460958»',
    '«+1-415-867-2210x565», «+1 415 867 2210 ext. 12», «+49 30 901820 Durchwahl 7»',
    '«+44 7700 921916», «+47 99 57 74 50»',
    // Of unassigned areas, in groups.
    '«+44(0)5406 778375», «+41 (0)49 202 94 66», «+32(0)96-7253306»',
    '«+447700 208 815», «+447700 965286», «+370 78384463»',
    '«+90(772)486-8410x8867», «+(371) 75282877»',
    '- Ann\n+ «+14155552671»',
    '@@ -1,2 +1,2 @@\n-old\n+«14155552671»\n context',
    '--- a/phones\n+++ b/phones\n@@ -1 +1,2 @@\n a\n++«14155552671»\n'.replace('++«', '+«+'),
    '+name = Ann\n+«442079460958»',
    '+«14155552671»\n-number = none',
    '+phone: «+14155552671»',
  ],
  ignores: [
    '+2147483647',
    '+15555555555',
    '+999 123 456 789',
    '2024-01-31T10:00:00+0100',
    'a+14155552671',
    '1+14155552671',
    'f(x)+14155552671',
    '++14155552671',
    '+ 14155552671',
    '+1415555267',
    '+14155552671n',
    '+14155552671.5',
    '+1-415-555-2671-99',
    '+1700000000000',
    'UTC+0200 1234567',
    'z +6073641856.9, +1234.567890, +44.7700965',
    'f(+(371) + 75282877)',
  ],
});

describeDetector('the detector of telephone numbers in brackets', [phoneBracketed], {
  finds: [
    '«(415) 555-2671»',
    '«(415)555-2671», «(415) 555 2671», «(415) 555.2671»',
    'call «(555) 123-4567»',
    '«(415) 867-2210x12», «(415) 867-2210 ext 9», «(132)291-0479x6999»',
    '«(020) 7946 0958», «(030) 901820»',
    '«(11) 98765-4321»',
    'tel.: «(02) 9374 4000»',
  ],
  ignores: [
    '(123) 555-2671',
    'f(415) 555-2671',
    '(415)',
    '(415) 555',
    '(2024) 1234567',
    '(1) 2 (3) 4',
    '(415) 555-26711',
    '(415, 555, 2671)',
    '(2147483647)',
  ],
});

describeDetector('the detector of North American telephone numbers', [phoneNorthAmerican], {
  finds: [
    '«1-415-555-2671», «001-415-555-2671x12», «415.555.2671»',
    '«415-555-2671»',
    'ask 10:00 «212-555-0123».',
    '«415-555-2671» «212-555-0123»',
    // An exit code or an extension makes any area a number.
    '«001-748-088-2851», «151.081.7740x2347», «555-123-4567 ext. 12»',
  ],
  ignores: [
    '115-555-2671',
    '555-123-4567',
    '415-155-2671',
    '1415-555-2671',
    '415-555-26711',
    '415-5552671',
    '1-115-555-2671',
  ],
});

describeDetector('the detector of telephone numbers with an exit code', [phoneWithExitCode], {
  finds: ['«0049 30 901820»', 'from «0044 20 7946 0958» and «00 33 6 12 34 56 78»'],
  ignores: ['0049301820', '0000 0000 0000', '00 49 30', 'x0049 30 901820', '0099 999 123456'],
});

describeDetector('the detector of telephone numbers that are said to be', [phoneSpoken], {
  finds: [
    'My Israeli number is «09-7625400»',
    'my number is «13812345678», their office number: «090-1234-5678»',
    'Anna Koch\nT: «030 901820»\nM: «0171 4829301»',
    'Anna Koch\nT «030 901820»\nM «0171 4829301»',
  ],
  ignores: ['the order number is 09-7625400', 'my number is 99999', 'T: 99999', 'my number is 1'],
});

describeDetector('the detector of national telephone numbers', [phoneNational], {
  finds: [
    'phone: «4155552671»',
    'Tel «415 555 2671», mobile «415.555.2671», cell «555-123-4567»',
    'phoneNumber="«1 415 555 2671»"',
    'mobile_number: «07700 900123»',
    'Tel. «020 7946 0958»',
    'Handy: «0151 23456789», Telefon «030/901820»',
    'téléphone «06 12 34 56 78» ou «06.12.34.56.78»',
    'teléfono «612 345 678»',
    'telefoon «06 12345678», cellulare «312 345 6789»',
    'mobile no «98765 43210», fax «022 2345 6789»',
    'celular «11 98765-4321»',
    'WhatsApp «00 49 1512 3456789»',
    '电话«0049 30 901820»',
  ],
  ignores: [
    '4155552671',
    'phone 2147483647',
    'phone 1700000000',
    'phone 1700000000000',
    'phone 2024-01-31 10',
    'phone 20240131235959',
    'phone 415.5552671',
    'phone 10.0.19045.3803',
    'phone 192.168.100.200',
    'phone x4155552671',
    'telemetry 4155552671',
    'phone 1155552671',
  ],
});

/**
 * Whether the parser accepts the number. It takes the 0 of `+57 03…` for a carrier code, not a
 * trunk prefix.
 */
function isNumber(text: string): boolean {
  const withoutZero = [2, 3, 4]
    .filter((at) => text[at] === '0')
    .map((at) => text.slice(0, at) + text.slice(at + 1));
  return [text, ...withoutZero].some((each) => parsePhoneNumberFromString(each)?.isValid());
}

describe('the detector of international telephone numbers', () => {
  it.each(Object.entries(examples))('finds the example of %s', (name, national) => {
    const country = getCountries().find((each) => each === name);
    const parsed = parsePhoneNumberFromString(national, country);
    const text = parsed?.formatInternational() ?? '';
    expect(country && text.startsWith(`+${getCountryCallingCode(country)}`)).toBe(true);
    expect(findWith([phoneInternational], `x ${text}, y`)).toEqual([text]);
    expect(findWith([phoneInternational], parsed?.number ?? '')).toEqual([parsed?.number]);
  });

  it('finds a number with a trunk prefix that the parser takes for a carrier code', () => {
    expect(parsePhoneNumberFromString('+5703511182602')?.isValid()).toBe(false);
    expect(findWith([phoneInternational], '+5703511182602')).toEqual(['+5703511182602']);
  });

  it('finds no unformatted number that libphonenumber rejects', () => {
    const length = fc.integer({ min: 7, max: 15 });
    const numbers = length.chain((each) => digits(each));
    const found = Array.from(samplesOf(numbers, { runs: 1_000 }), (number) =>
      findWith([phoneInternational], `+${number}`),
    ).flat();
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter((text) => !isNumber(text))).toEqual([]);
  });
});
