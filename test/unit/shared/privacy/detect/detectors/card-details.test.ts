import {
  bankCode,
  cardCode,
  cardExpiry,
  pin,
} from '../../../../../../shared/privacy/detect/detectors/card-details.ts';
import { describe, expect, it } from 'vitest';
import { describeDetector, isFound } from '../../../../../kit/find-with.ts';

describeDetector('the detector of card codes', [cardCode], {
  finds: [
    'CVV: «123»',
    'cvv2 «1234»',
    '{"cardCvc":"«123»"}',
    'CVC (3 digits): «123»',
    'card security code is «987»',
  ],
  ignores: ['123', 'CVV 12', 'CVV 12345', 'cvvs 123', 'cvv: none; 123', 'card 123', 'bcvv 123'],
});

describeDetector('the PIN detector', [pin], {
  finds: ['card PIN: «1234»', 'bank account, pin=«123456»', 'cardPin: «4321»'],
  ignores: ['PIN 1234', 'card mapping 1234', 'card pins 1234', 'card PIN 123', 'card PIN 1234567'],
});

describeDetector('the detector of expiry dates', [cardExpiry], {
  finds: ['card expires «12/26»', 'Visa, exp. «01/2027»', 'credit card valid thru: «09/28».'],
  ignores: [
    'expires 12/26',
    'card expires 13/26',
    'card expires 12/26/2026',
    'card export 12/26',
    'card exp: 1700000000',
  ],
});

describeDetector('the detector of bank codes', [bankCode], {
  finds: ['BIC: «DEUTDEFF»', 'SWIFT code «DEUTDEFF500»,', 'swift/bic «NEDSZAJJXXX»'],
  ignores: [
    'DEUTDEFF',
    'BIC DEUTXXFF',
    'BIC deutdeff',
    'BIC DEUTDEFF5',
    'Swift PROTOCOL',
    'import Swift',
    'cubic DEUTDEFF',
  ],
});

describe('a value on its own', () => {
  it('is found by its digits, so its label does not depend on the text', () => {
    expect(isFound(cardCode, '123')).toBe(true);
    expect(isFound(pin, '12345')).toBe(true);
    expect(isFound(cardExpiry, '12/26')).toBe(true);
  });
});
