import { thTnin } from '../../../../../../shared/privacy/detect/detectors/th-tnin.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Thai identity numbers', [thTnin], {
  finds: [
    'Thai ID «1101700230708»',
    'citizen id: «1-1017-00230-70-8»',
    'เลขประจำตัวประชาชน «1101700230708»',
  ],
  ignores: [
    '1101700230708',
    'Thai ID 1101700230709',
    'Thai ID 0101700230708',
    'Thai ID 11017002307080',
  ],
});

describe('the detector of Thai identity numbers', () => {
  it('agrees with validator', () => {
    const bodies = digits(12).filter((body) => /^[1-8]/.test(body));
    expect(disagreements((value) => validator.isIdentityCard(value, 'TH'), thTnin, bodies)).toEqual(
      [],
    );
  });
});
