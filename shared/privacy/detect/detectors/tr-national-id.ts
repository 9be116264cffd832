// Turkish identity numbers: eleven digits, the last two computed from the first nine (NVİ).

import { digitAt } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

export const trNationalId = formatDetector({
  entity: 'TR_NATIONAL_ID',
  label: 'NATID',
  tier: 'B',
  formats: ['99999999999'],
  context: [
    'tckn',
    'tc kimlik',
    't.c. kimlik',
    'kimlik no',
    'kimlik numarası',
    'tc no',
    'turkish id',
  ],
  check(digits) {
    let odd = 0;
    let even = 0;
    for (let place = 0; place < 9; place += 2) odd += digitAt(digits, place);
    for (let place = 1; place < 8; place += 2) even += digitAt(digits, place);
    const tenth = digitAt(digits, 9);
    return (
      !digits.startsWith('0') &&
      (((odd * 7 - even) % 10) + 10) % 10 === tenth &&
      (odd + even + tenth) % 10 === digitAt(digits, 10)
    );
  },
});
