import { deVatId } from '../../../../../../shared/privacy/detect/detectors/de-vat-id.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of German VAT numbers', [deVatId], {
  finds: ['USt-IdNr. «DE136695976»', '«DE 136695976», «DE 136 695 976».'],
  ignores: [
    'DE136695977',
    'de136695976',
    'DE036695976',
    'DE1366959760',
    'XDE136695976',
    'DE-136695976',
  ],
});

describe('the detector of German VAT numbers', () => {
  it('accepts nothing that validator rejects', () => {
    const bodies = digits(8).filter((body) => !body.startsWith('0'));
    expect(
      disagreements(
        (value) =>
          validator.isVAT(value, 'DE') && deVatId.find(value, 0, value.length) !== undefined,
        deVatId,
        bodies.map((body) => `DE${body}`),
      ),
    ).toEqual([]);
  });
});
