import { deTaxId } from '../../../../../../shared/privacy/detect/detectors/de-tax-id.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of German tax numbers', [deTaxId], {
  finds: [
    'Steuer-ID: «86095742719»',
    'Steueridentifikationsnummer «47 036 892 816»',
    'steuerId="«65929970489»"',
    'IdNr. «86095742719»',
  ],
  ignores: [
    '86095742719',
    'Steuer-ID 86095742718',
    'Steuer-ID 06095742719',
    'Steuer-ID 11223456789',
    'Steuer-ID 860957427190',
    'Steuer-ID 12345678900',
  ],
});

describe('the detector of German tax numbers', () => {
  it('agrees with validator', () => {
    const bodies = digits(3).map(
      (rest) => `${9 - Number(rest.charAt(0)) || 1}86095742${rest.charAt(1)}`,
    );
    expect(disagreements((value) => validator.isTaxID(value, 'de-DE'), deTaxId, bodies)).toEqual(
      [],
    );
  });
});
