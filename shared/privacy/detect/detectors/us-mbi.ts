// US Medicare beneficiaries: eleven characters whose places are letters or digits by rule, without a
// check digit (CMS, Understanding the Medicare Beneficiary Identifier Format).

import { shaped } from '../shapes.ts';

const FORM =
  /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d[AC-HJKMNP-RT-Y]{2}\d\d$/;

export const usMbi = shaped({
  entity: 'US_MBI',
  label: 'NATID',
  tier: 'B',
  shapes: ['9AX9AX9AA99', '9AX9-AX9-AA99'],
  context: ['mbi', 'medicare', 'beneficiary'],
  check: (value) => FORM.test(value),
});
