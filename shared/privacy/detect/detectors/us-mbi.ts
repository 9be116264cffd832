// US Medicare beneficiary ids: eleven characters, letters or digits by position, without a check
// digit (CMS, Understanding the Medicare Beneficiary Identifier Format).

import { formatDetector } from '../formats.ts';

const PATTERN =
  /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y]{2}\d\d$/;

export const usMbi = formatDetector({
  entity: 'US_MBI',
  label: 'NATID',
  tier: 'B',
  formats: ['9AX9AX9AA99', '9AX9-AX9-AA99'],
  context: ['mbi', 'medicare', 'beneficiary'],
  check: (value) => PATTERN.test(value),
});
