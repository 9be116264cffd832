// Chinese resident ids: province, date of birth, a serial and a check character, ISO 7064 MOD 11-2
// (GB 11643).

import { isDay, numberAt } from '../calendar.ts';
import { mod11Radix2 } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const PATTERN = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])\d{4}(?:19|20)\d{9}[\dX]$/;

export const cnResidentId = formatDetector({
  entity: 'CN_RESIDENT_ID',
  label: 'NATID',
  tier: 'B',
  formats: ['999999999999999999', '99999999999999999A'],
  context: [
    '身份证',
    '身份證',
    '身份号码',
    'resident id',
    'resident identity',
    'id card',
    'identity card',
    'id number',
    'shenfenzheng',
  ],
  check: (value) =>
    PATTERN.test(value) &&
    isDay(numberAt(value, 6, 4), numberAt(value, 10, 2), numberAt(value, 12, 2)) &&
    mod11Radix2(value),
});
