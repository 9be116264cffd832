// US bank accounts: 6 to 17 digits that follow no rule, so on request only and beside a word about them.

import { standsAlone } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { fits } from '../shapes.ts';

export const usBankAccount: Detector = {
  entity: 'US_BANK_NUMBER',
  label: 'BANK',
  tier: 'C',
  triggers: [{ kind: 'digits', digitsMin: 6, digitsMax: 17 }],
  context: ['account number', 'account no', 'acct', 'bank account', 'checking', 'savings'],
  find(text, start, end) {
    return fits(text, start, '9'.repeat(end - start)) && standsAlone(text, start, end)
      ? { start, end }
      : undefined;
  },
};
