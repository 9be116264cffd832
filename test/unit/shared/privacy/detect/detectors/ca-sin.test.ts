import { caSin } from '../../../../../../shared/privacy/detect/detectors/ca-sin.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of social insurance numbers', [caSin], {
  finds: ['SIN: «046 454 286»', 'social insurance number «130-692-544»', 'NAS «130692544»'],
  ignores: ['130692544', 'SIN 130692545', 'SIN 1306925440', 'sin(130692545)', 'SIN 000000000'],
});

describe('the detector of social insurance numbers', () => {
  it('agrees with validator', () => {
    expect(
      disagreements(
        (value) => validator.isTaxID(value, 'en-CA'),
        caSin,
        digits(8).filter((body) => /[1-9]/.test(body)),
      ),
    ).toEqual([]);
  });
});
