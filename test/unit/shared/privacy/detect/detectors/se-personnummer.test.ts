import { sePersonnummer } from '../../../../../../shared/privacy/detect/detectors/se-personnummer.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  birthDays,
  describeDetector,
  digits,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the detector of Swedish personal numbers', [sePersonnummer], {
  finds: [
    'Personnummer «811218-9876»',
    'personnr: «19811218-9876», «8112189876»',
    'samordningsnummer «701063-2391»',
  ],
  ignores: [
    '811218-9876',
    'personnummer 811218-9875',
    'personnummer 811318-9876',
    'personnummer 811232-9876',
    'personnummer 17811218-9876',
    'personnummer 1811218-9876',
  ],
});

describe('the detector of Swedish personal numbers', () => {
  it('agrees with validator', () => {
    const bodies = birthDays('ymd').chain((day) => digits(3).map((rest) => `${day}-${rest}`));
    expect(
      disagreements((value) => validator.isTaxID(value, 'sv-SE'), sePersonnummer, bodies),
    ).toEqual([]);
  });
});
