import { inAadhaar } from '../../../../../../shared/privacy/detect/detectors/in-aadhaar.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the Aadhaar detector', [inAadhaar], {
  finds: [
    'Aadhaar «2341 2341 2346»',
    'aadhaar_number=«234123412346», Aadhaar: «9999-4105-7058».',
    'आधार संख्या «2341 2341 2346»',
    'Aadhaar «2341 2341 2346» 2024',
  ],
  ignores: [
    '2341 2341 2346',
    'Aadhaar 2341 2341 2347',
    'Aadhaar 1341 2341 2346',
    'Aadhaar 2341-2341 2346',
    'Aadhaar 23412341234',
  ],
});

describe('the Aadhaar detector', () => {
  it('agrees with validator', () => {
    expect(
      disagreements(
        (value) => validator.isIdentityCard(value, 'IN'),
        inAadhaar,
        digits(11).filter((body) => /^[2-9]/.test(body)),
      ),
    ).toEqual([]);
  });
});
