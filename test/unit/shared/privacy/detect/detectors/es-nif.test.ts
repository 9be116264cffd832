import { esNie, esNif } from '../../../../../../shared/privacy/detect/detectors/es-nif.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import { describeDetector, digits, disagreements } from '../../../../../kit/find-with.ts';

describeDetector('the NIF detector', [esNif], {
  finds: ['«12345678Z»', 'DNI: «12345678-Z».', 'NIF «12.345.678-Z»', 'dni="«00000000T»"'],
  ignores: ['12345678A', '12345678z', '112345678Z', '12345678ZA', '12345678-ZA', '1234567Z'],
});

describeDetector('the NIE detector', [esNie], {
  finds: ['«X1234567L»', 'NIE: «Y1234567X», «Z1234567R».', '«X-1234567-L», «X1234567-L»'],
  ignores: ['X1234567M', 'A1234567L', 'x1234567l', 'X12345678L', 'XX1234567L'],
});

describe('the Spanish detectors', () => {
  const letters = Array.from('TRWAGMYFPDXBNJZSQVHLCKE');

  it('agree with validator', () => {
    const isCard = (value: string) => validator.isIdentityCard(value, 'ES');
    expect(disagreements(isCard, esNif, digits(8), letters)).toEqual([]);
    expect(
      disagreements(
        isCard,
        esNie,
        digits(7).map((body) => `Y${body}`),
        letters,
      ),
    ).toEqual([]);
  });
});
