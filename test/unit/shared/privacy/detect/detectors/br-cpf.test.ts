import {
  brCnpj,
  brCnpjBare,
  brCpf,
  brCpfBare,
} from '../../../../../../shared/privacy/detect/detectors/br-cpf.ts';
import { describe, expect, it } from 'vitest';
import validator from 'validator';
import {
  describeDetector,
  digits,
  DOUBLE_ENDINGS,
  disagreements,
} from '../../../../../kit/find-with.ts';

describeDetector('the CPF detector', [brCpf], {
  finds: ['«111.444.777-35»', 'CPF: «529.982.247-25».', '10 «111.444.777-35» 20'],
  ignores: [
    '111.444.777-36',
    '111.111.111-11',
    '1.111.444.777-35',
    '111.444.777-350',
    '111444777-35',
  ],
});

describeDetector('the detector of CPFs without signs', [brCpfBare], {
  finds: ['CPF «11144477735»', 'cpf=«529982247-25»'],
  ignores: ['11144477735', 'CPF 11144477736', 'CPF 11111111111', 'CPF 111444777350'],
});

describeDetector('the CNPJ detector', [brCnpj], {
  finds: ['«11.222.333/0001-81»', 'CNPJ «12.ABC.345/01DE-35».'],
  ignores: [
    '11.222.333/0001-82',
    '00.000.000/0000-00',
    '11.222.333/0001-811',
    '12.ABC.345/01DE-36',
  ],
});

describeDetector('the detector of CNPJs without signs', [brCnpjBare], {
  finds: ['CNPJ «11222333000181», CNPJ «12ABC34501DE35»'],
  ignores: ['11222333000181', 'CNPJ 11222333000182', 'CNPJ 12abc34501de35'],
});

describe('the Brazilian detectors', () => {
  it('agree with validator', () => {
    const isTaxId = (value: string) => validator.isTaxID(value, 'pt-BR');
    expect(disagreements(isTaxId, brCpfBare, digits(9), DOUBLE_ENDINGS)).toEqual([]);
    expect(disagreements(isTaxId, brCnpjBare, digits(12), DOUBLE_ENDINGS)).toEqual([]);
  });
});
