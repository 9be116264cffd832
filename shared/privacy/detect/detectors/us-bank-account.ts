// US bank account numbers: 6 to 17 digits without a check digit, so opt-in and only with context.

import { standsAlone } from '../characters.ts';
import type { Detector } from '../detector.ts';
import { matchesFormat } from '../formats.ts';

export const usBankAccount: Detector = {
  entity: 'US_BANK_NUMBER',
  label: 'BANK',
  tier: 'C',
  triggers: [{ kind: 'digits', digitsMin: 6, digitsMax: 17 }],
  context: ['account number', 'account no', 'acct', 'bank account', 'checking', 'savings'],
  find(text, start, end) {
    return matchesFormat(text, start, '9'.repeat(end - start)) && standsAlone(text, start, end)
      ? { start, end }
      : undefined;
  },
};
