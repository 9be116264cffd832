// Brazilian taxpayer (CPF) and company (CNPJ) numbers: two check digits each, modulo 11 (Receita
// Federal). The punctuated form is distinctive; the bare form needs context.

import { MINUS, standsAlone, codeAt } from '../characters.ts';
import { digitAt } from '../checksums.ts';
import type { Detector } from '../detector.ts';
import { compact, matchesFormat, formatDetector } from '../formats.ts';

const CPF = { entity: 'BR_CPF', label: 'NATID', check: isCpf } as const;
const THREE = 'X'.repeat(3);
const CNPJ_FORMAT = `XX.${THREE}.${THREE}/XXXX-99`;
const CNPJ = { entity: 'BR_CNPJ', label: 'NATID', check: isCnpj } as const;

export const brCpf = formatDetector({ ...CPF, tier: 'A', formats: ['999.999.999-99'] });

export const brCpfBare = formatDetector({
  ...CPF,
  tier: 'B',
  formats: ['99999999999', '999999999-99'],
  context: ['cpf', 'cadastro de pessoas', 'contribuinte'],
});

/** Triggered by the slash: since July 2026 letters may be anywhere in it. */
export const brCnpj: Detector = {
  ...CNPJ,
  tier: 'A',
  triggers: [{ kind: 'char', chars: '/', before: /[\dA-Z]/, after: /[\dA-Z]/ }],
  find(text, slash) {
    if (codeAt(text, slash + 5) !== MINUS) return undefined;
    const start = slash - CNPJ_FORMAT.indexOf('/');
    const range = { start, end: start + CNPJ_FORMAT.length };
    if (!matchesFormat(text, start, CNPJ_FORMAT) || !standsAlone(text, start, range.end))
      return undefined;
    return isCnpj(compact(text, range)) ? range : undefined;
  },
};

export const brCnpjBare = formatDetector({
  ...CNPJ,
  tier: 'B',
  formats: ['99999999999999', 'XXXXXXXXXXXX99'],
  context: ['cnpj', 'cadastro nacional'],
});

function isCpf(digits: string): boolean {
  return !isOneDigit(digits) && hasCheckDigits(digits, 11);
}

function isCnpj(value: string): boolean {
  return !isOneDigit(value) && hasCheckDigits(value, 9);
}

/** Weights count from 2, right to left, and restart at 2 after `weightMax`. */
function hasCheckDigits(value: string, weightMax: number): boolean {
  for (const place of [value.length - 2, value.length - 1]) {
    let sum = 0;
    for (let left = place - 1; left >= 0; left--) {
      // A letter counts as its ASCII code minus 48, like a digit.
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
