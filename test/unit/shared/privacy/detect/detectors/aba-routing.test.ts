import { abaRouting } from '../../../../../../shared/privacy/detect/detectors/aba-routing.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of routing numbers', [abaRouting], {
  finds: ['routing number «021000021»', 'ABA: «122105155».', 'routingNumber="«011401533»"'],
  ignores: ['021000021', 'ABA 021000022', 'ABA 991000021', 'ABA 0210000210', 'ABA 000000000'],
});

describe('the detector of routing numbers', () => {
  it('agrees with validator', () => {
    expect(
      disagreements(
        (value) => validator.isAbaRouting(value),
        abaRouting,
        digits(8).filter((body) => /[1-9]/.test(body)),
      ),
    ).toEqual([]);
  });
});
