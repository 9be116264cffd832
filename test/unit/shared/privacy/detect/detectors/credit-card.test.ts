import {
  creditCard,
  creditCardBare,
} from '../../../../../../shared/privacy/detect/detectors/credit-card.ts';
import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector, digits, ENDINGS, isFound } from '../../../../../kit/find-with.ts';
import { samplesOf } from '../../../../../kit/properties.ts';

// Test numbers published by card schemes and payment providers.
describeDetector('the card detector', [creditCard], {
  finds: [
    '«4111111111111111»',
    '«4242 4242 4242 4242»',
    '«4242-4242-4242-4242»',
    'Visa «4012888888881881», Mastercard «5555555555554444», «2223003122003222»',
    'Amex «3782 822463 10005» and «3714-496353-98431»',
    'Diners «30569309025904», «3852 000002 3237»',
    'Discover «6011111111111117», JCB «3530111333300000»',
    'UnionPay «6200000000000005» and «6205500000000000004»',
    'Maestro «6759649826438453», Mir «2200138830158004»',
    'nineteen digits «4903000000000000001» or «4903 0000 0000 0000 001»',
    'with its date «4111 1111 1111 1111» 12/26 123',
    'with its date «4111111111111111» 12/26',
    'with its date «4111111111111111»/12/26',
    'with its code «3782 822463 10005» 1234',
    'behind a time 12:00:00 «4111111111111111»',
    '«4111 1111 1111 1111» «5555 5555 5555 4444»',
    '«371482199351819»',
    'paid with «341111111111111» today',
    'cards = [«4111111111111111», «5555555555554444»]',
    '1001,«4539578763621486»,17,Ann',
    '«4111111111111111»|12|2026|123',
    '{"number":"«4111111111111111»"}',
    String.raw`card:\n«4111111111111111»`,
    '/cards/«4111111111111111»',
    'card-«4111111111111111».',
    'id\n«5555 5555 5555 4444»\nDE89 3704 0044 0532 0130 00',
    '4111 1111 1111 1112\n«5555 5555 5555 4444»\n4111 1111 1111 1113',
    '«4242 4242 4242 4242» 0126 1234',
    '1234567890123456,«4111111111111111»,9876543210987654',
    '«4111111111111111», 20240112123456, 98765432109876',
    '1752345678901, «4111111111111111», 1752345678902',
  ],
  ignores: [
    '4111111111111112',
    '4111 1111 1111 1112',
    '41111111111111111',
    '4111-1111 1111-1111',
    '411 111111 1111111',
    '4111.1111.1111.1111',
    '0.4111111111111111',
    '4111111111111111.5',
    'x4111111111111111',
    '4111111111111111n',
    '_4111111111111111',
    '-4111111111111111',
    '9111111111111111110',
    '0000000000000000',
    '1234567890123452',
    '4111-1111-1111-1111-1111',
    'bare of other lengths: 4222222222222, 501800000009',
    '371482199351818',
    '80596923828125,     4738381338321616896,     3909821048582988049,',
    'x = {1234567890123456,\n  4111111111111111,\n  9876543210987654}',
    '5446 5443 5433 5448 5442 541B 5446',
    '1752345678901234',
  ],
});

describeDetector('the detector of cards that need context', [creditCardBare], {
  finds: ['credit card: «213100000000001»', 'cardNumber=«4222222222222»', 'Maestro «501800000009»'],
  ignores: [
    'IMEI 213100000000001',
    'card 213100000000002',
    'card 1700000000000',
    'the discard 213100000000001',
  ],
});

describe('the card detector', () => {
  const prefixes = '4 51 55 2221 2720 6011 65 3528 3589 62 81'.split(' ');
  const numbers = Array.from(
    samplesOf(fc.tuple(fc.constantFrom(...prefixes), digits(14)), { runs: 300 }),
    ([prefix, rest]) => (prefix + rest).slice(0, 15),
  ).flatMap((body) => ENDINGS.map((ending) => body + ending));

  it('finds every 16-digit card that validator accepts', () => {
    const known = numbers.filter((number) => validator.isCreditCard(number));
    expect(known.length).toBeGreaterThan(200);
    expect(known.filter((number) => !isFound(creditCard, number))).toEqual([]);
  });

  it('finds none with an invalid Luhn digit', () => {
    const found = numbers.filter((number) => isFound(creditCard, number));
    expect(found.filter((number) => !validator.isLuhnNumber(number))).toEqual([]);
  });
});
