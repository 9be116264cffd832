import {
  beNationalNumber,
  beNationalNumberBare,
} from '../../../../../../shared/privacy/detect/detectors/be-nn.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  birthDays,
  describeDetector,
  digits,
  DOUBLE_ENDINGS,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the detector of Belgian national numbers', [beNationalNumber], {
  finds: ['«85.07.30-033.28»', 'NN «17.07.30-033.84»'],
  ignores: [
    '85.07.30-033.29',
    '85.13.30-033.28',
    '85.07.32-033.28',
    '85.07.30-033.281',
    '1.85.07.30-033.28',
  ],
});

describeDetector('the detector of Belgian national numbers without signs', [beNationalNumberBare], {
  finds: [
    'rijksregisternummer «85073003328»',
    'NISS: «17073003384»',
    'registre national «85 07 30 033 28»',
  ],
  ignores: ['85073003328', 'NISS 85073003329', 'NISS 850730033280'],
});

describe('the detector of Belgian national numbers', () => {
  it('agrees with validator', () => {
    const bodies = birthDays('ymd').chain((day) => digits(3).map((rest) => day + rest));
    expect(
      disagreements(
        (value) => validator.isTaxID(value, 'fr-BE'),
        beNationalNumberBare,
        bodies,
        DOUBLE_ENDINGS,
      ),
    ).toEqual([]);
  });
});
