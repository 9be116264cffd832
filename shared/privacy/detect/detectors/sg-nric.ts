// Singapore identity card and foreigner numbers: a letter for the kind, seven digits and a letter
// modulo 11 (the algorithm in common use; ICA does not publish it).

import { weightedSum } from '../checksums.ts';
import { formatDetector } from '../formats.ts';

const WEIGHTS = [2, 7, 6, 5, 4, 3, 2];
const CITIZEN_LETTERS = 'JZIHGFEDCBA';
const FOREIGN_LETTERS = 'XWUTRQPNMLK';
/** Offset of the sum, and letters by remainder, by kind. */
const KINDS = new Map<string, readonly [offset: number, letters: string]>([
  ['S', [0, CITIZEN_LETTERS]],
  ['T', [4, CITIZEN_LETTERS]],
  ['F', [0, FOREIGN_LETTERS]],
  ['G', [4, FOREIGN_LETTERS]],
  ['M', [3, 'XWUTRQPNJLK']],
]);

export const sgNric = formatDetector({
  entity: 'SG_NRIC_FIN',
  label: 'NATID',
  tier: 'A',
  formats: ['A9999999A'],
  check(value) {
    const kind = KINDS.get(value.charAt(0));
    if (!kind) return false;
    const [offset, letters] = kind;
    return (
      letters.charAt((weightedSum(value.slice(1, 8), WEIGHTS) + offset) % 11) === value.charAt(8)
    );
  },
});
