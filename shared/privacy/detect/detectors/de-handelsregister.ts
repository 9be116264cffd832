// Entries in the German commercial register: `HRA 12345`, `HRB 1234 B`. The register of sole traders and
// partnerships (HRA) names a person.

import { isWord, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';

/** A year after `HRA` is an act or an account of something else. */
const ENTRY =
  /(?:hra ?(?!(?:19|20)\d\d(?!\d))\d{3,6}|hrb ?\d{1,6})(?: [B-Z](?![\p{L}\d]))?(?![\p{L}\d_])/iuy;

export const deHandelsregister: Detector = {
  entity: 'DE_HANDELSREGISTER',
  label: 'COMPANYID',
  tier: 'A',
  triggers: [{ kind: 'word', words: ['hra', 'hrb'] }],
  find(text, start) {
    ENTRY.lastIndex = start;
    if (isWord(codeAt(text, start - 1)) || !ENTRY.test(text)) return undefined;
    return { start, end: ENTRY.lastIndex };
  },
};
