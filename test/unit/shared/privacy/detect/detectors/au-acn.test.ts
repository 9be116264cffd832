import { auAbn, auAcn } from '../../../../../../shared/privacy/detect/detectors/au-acn.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  describeDetector,
  digits,
  DOUBLE_ENDINGS,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the detector of Australian companies', [auAcn], {
  finds: ['ACN «004 085 616»', 'ACN: «005749986»'],
  ignores: ['004 085 616', 'ACN 004 085 617', 'ACN 0040856160', 'ACN 000000000'],
});

describeDetector('the detector of Australian businesses', [auAbn], {
  finds: ['ABN «51 824 753 556»', 'ABN: «51824753556»'],
  ignores: ['51824753556', 'ABN 51824753557', 'ABN 5182475355'],
});

describe('the detector of Australian businesses', () => {
  it('agrees with validator', () => {
    expect(
      disagreements(
        (value) => validator.isVAT(value, 'AU'),
        auAbn,
        digits(9).filter((body) => !body.startsWith('0')),
        DOUBLE_ENDINGS,
      ),
    ).toEqual([]);
  });
});
