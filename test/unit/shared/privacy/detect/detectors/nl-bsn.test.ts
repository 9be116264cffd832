import { nlBsn } from '../../../../../../shared/privacy/detect/detectors/nl-bsn.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the BSN detector', [nlBsn], {
  finds: ['BSN «111222333»', 'burgerservicenummer: «123456782», BSN=«1112.22.333»'],
  ignores: ['111222333', 'BSN 111222334', 'BSN 1112223330', 'BSN 000000000'],
});

describe('the BSN detector', () => {
  it('agrees with validator', () => {
    const bodies = digits(8).filter((body) => /[1-9]/.test(body));
    expect(disagreements((value) => validator.isTaxID(value, 'nl-NL'), nlBsn, bodies)).toEqual([]);
  });
});
