// Brazilian taxpayers (CPF) and companies (CNPJ): two check digits each, modulus 11 (Receita
// Federal). Written with their signs nothing else looks like them; bare they need context.

import { MINUS, standsAlone } from '../characters.ts';
import { digitAt } from '../checksums.ts';
import type { Detector } from '../detector.ts';
import { compact, fits, shaped } from '../shapes.ts';

const CPF = { entity: 'BR_CPF', label: 'NATID', check: isCpf } as const;
const THREE = 'X'.repeat(3);
const CNPJ_LAYOUT = `XX.${THREE}.${THREE}/XXXX-99`;
const CNPJ = { entity: 'BR_CNPJ', label: 'NATID', check: isCnpj } as const;

export const brCpf = shaped({ ...CPF, tier: 'A', shapes: ['999.999.999-99'] });

export const brCpfBare = shaped({
  ...CPF,
  tier: 'B',
  shapes: ['99999999999', '999999999-99'],
  context: ['cpf', 'cadastro de pessoas', 'contribuinte'],
});

/** Found by its slash, since letters, given out since July 2026, may stand anywhere in it. */
export const brCnpj: Detector = {
  ...CNPJ,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '/' }],
  find(text, slash) {
    if (text.charCodeAt(slash + 5) !== MINUS) return undefined;
    const start = slash - CNPJ_LAYOUT.indexOf('/');
    const range = { start, end: start + CNPJ_LAYOUT.length };
    if (!fits(text, start, CNPJ_LAYOUT) || !standsAlone(text, start, range.end)) return undefined;
    return isCnpj(compact(text, range)) ? range : undefined;
  },
};

export const brCnpjBare = shaped({
  ...CNPJ,
  tier: 'B',
  shapes: ['99999999999999', 'XXXXXXXXXXXX99'],
  context: ['cnpj', 'cadastro nacional'],
});

function isCpf(digits: string): boolean {
  return !isOneDigit(digits) && hasCheckDigits(digits, 11);
}

function isCnpj(value: string): boolean {
  return !isOneDigit(value) && hasCheckDigits(value, 9);
}

/** Weights from 2 on, from right to left, and from 2 again after `weightMax`. */
function hasCheckDigits(value: string, weightMax: number): boolean {
  for (const place of [value.length - 2, value.length - 1]) {
    let sum = 0;
    for (let left = place - 1; left >= 0; left--) {
      // A letter counts as its ASCII code less 48, as a digit does.
      sum += digitAt(value, left) * (2 + ((place - 1 - left) % (weightMax - 1)));
    }
    const rest = sum % 11;
    if ((rest < 2 ? 0 : 11 - rest) !== digitAt(value, place)) return false;
  }
  return true;
}

function isOneDigit(value: string): boolean {
  return value === value.charAt(0).repeat(value.length);
}
