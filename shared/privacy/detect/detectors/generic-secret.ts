// Secrets that only their name identifies: `password = "…"`, `API_KEY=…`, `wifi password: …`.

import { assignedValue } from '../assignment.ts';
import type { Detector, Range } from '../detector.ts';
import { SECRET_NAME_WORDS, secretNameAt } from '../secret-names.ts';
import { isSecretValue } from '../secret-value.ts';

export const genericSecret: Detector = {
  entity: 'GENERIC_SECRET',
  label: 'SECRET',
  tier: 'B',
  secret: true,
  triggers: [{ kind: 'word', words: SECRET_NAME_WORDS }],
  find: (text, start, end): Range | undefined => {
    const name = secretNameAt(text, start, end);
    if (!name) return undefined;
    const assigned = assignedValue(text, name.start, name.end);
    if (!assigned) return undefined;
    // `Pass "x"` is an instruction.
    if (name.word === 'pass' && assigned.notation === 'loose') return undefined;
    const value = text.slice(assigned.start, assigned.end);
    return isSecretValue(value, { ...name, ...assigned, next: text[assigned.end] })
      ? { start: assigned.start, end: assigned.end }
      : undefined;
  },
};
