import { fiHetu } from '../../../../../../shared/privacy/detect/detectors/fi-hetu.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  birthDays,
  describeDetector,
  digits,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the detector of Finnish personal codes', [fiHetu], {
  finds: ['«131052-308T»', 'hetu: «290200A248A».', '«010190-123M», «131052A308T»', '«010594Y9021»'],
  ignores: [
    '131052-308U',
    '131352-308T',
    '321052-308T',
    '131052-308t',
    '131052-308TT',
    '1131052-308T',
    '131052G308T',
  ],
});

describe('the detector of Finnish personal codes', () => {
  it('agrees with validator', () => {
    const bodies = birthDays('dmy').chain((day) => digits(2).map((rest) => `${day}-1${rest}`));
    expect(
      disagreements(
        (value) => validator.isIdentityCard(value, 'FI'),
        fiHetu,
        bodies,
        Array.from('0123456789ABCDEFHJKLMNPRSTUVWXY'),
      ),
    ).toEqual([]);
  });
});
