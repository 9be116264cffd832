import { itFiscalCode } from '../../../../../../shared/privacy/detect/detectors/it-fiscal-code.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the detector of Italian tax codes', [itFiscalCode], {
  finds: ['«RSSMRA85T10A562S»', 'CF: «MRTMTT25D09F205Z».', 'digits as letters «RSSMRA85T10A56NH»'],
  ignores: [
    'RSSMRA85T10A562T',
    'rssmra85t10a562s',
    'RSSMRA85Z10A562S',
    'no such day WGHSTC54B29M852E',
    'RSSMRA85T10A562SX',
    'XRSSMRA85T10A562S',
  ],
});

describe('the detector of Italian tax codes', () => {
  it('agrees with validator', () => {
    const body = fc.stringMatching(
      /^[B-DF-HJ-NP-TV-Z]{6}[5-9]\d[ABCDEHLMPRST][0-7]\d[A-ILM][1-9]\d\d$/,
    );
    expect(
      disagreements(
        (value) => validator.isTaxID(value, 'it-IT'),
        itFiscalCode,
        body,
        Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
      ),
    ).toEqual([]);
  });
});
