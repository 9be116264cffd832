import { plPesel } from '../../../../../../shared/privacy/detect/detectors/pl-pesel.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  birthDays,
  describeDetector,
  digits,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the PESEL detector', [plPesel], {
  finds: ['PESEL «44051401359»', 'pesel: «02070803628», PESEL="«02270803624»"'],
  ignores: ['44051401359', 'PESEL 44051401358', 'PESEL 44133201359', 'PESEL 440514013590'],
});

describe('the PESEL detector', () => {
  it('agrees with validator', () => {
    const bodies = birthDays('ymd').chain((day) => digits(4).map((rest) => day + rest));
    expect(
      disagreements((value) => validator.isIdentityCard(value, 'PL'), plPesel, bodies),
    ).toEqual([]);
  });
});
