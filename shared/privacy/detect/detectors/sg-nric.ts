// Singapore identity cards and foreign numbers: a letter for the kind, seven digits and a letter
// modulus 11 (the algorithm is in common use; ICA does not publish it).

import { weightedSum } from '../checksums.ts';
import { shaped } from '../shapes.ts';

const WEIGHTS = [2, 7, 6, 5, 4, 3, 2];
const CITIZEN_LETTERS = 'JZIHGFEDCBA';
const FOREIGN_LETTERS = 'XWUTRQPNMLK';
/** What a kind adds to the sum, and the letters by remainder. */
const KINDS = new Map<string, readonly [offset: number, letters: string]>([
  ['S', [0, CITIZEN_LETTERS]],
  ['T', [4, CITIZEN_LETTERS]],
  ['F', [0, FOREIGN_LETTERS]],
  ['G', [4, FOREIGN_LETTERS]],
  ['M', [3, 'XWUTRQPNJLK']],
]);

export const sgNric = shaped({
  entity: 'SG_NRIC_FIN',
  label: 'NATID',
  tier: 'A',
  shapes: ['A9999999A'],
  check(value) {
    const kind = KINDS.get(value.charAt(0));
    if (!kind) return false;
    const [offset, letters] = kind;
    return (
      letters.charAt((weightedSum(value.slice(1, 8), WEIGHTS) + offset) % 11) === value.charAt(8)
    );
  },
});
