import { cnResidentId } from '../../../../../../shared/privacy/detect/detectors/cn-resident-id.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  birthDays,
  describeDetector,
  digits,
  ENDINGS,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the detector of Chinese residents', [cnResidentId], {
  finds: [
    '身份证号码:«11010519491231002X»',
    '我的身份证号是«440524198001010013»。',
    'ID card «11010519491231002X».',
  ],
  ignores: [
    '11010519491231002X',
    '身份证 110105194912310021',
    '身份证 11010519491331002X',
    '身份证 99010519491231002X',
    '身份证 11010519491231002x',
    '身份证 111010519491231002X',
  ],
});

describe('the detector of Chinese residents', () => {
  it('agrees with validator', () => {
    const bodies = birthDays('ymd').chain((day) =>
      digits(3).map((rest) => `11010519${day}${rest}`),
    );
    expect(
      disagreements((value) => validator.isIdentityCard(value, 'zh-CN'), cnResidentId, bodies, [
        ...ENDINGS,
        'X',
      ]),
    ).toEqual([]);
  });
});
