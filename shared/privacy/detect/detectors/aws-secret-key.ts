// AWS secret access keys: 40 base64 characters without a prefix. Identified by a name before them,
// or by an access key id a few lines before, as in the CSV and credentials files of AWS.

import { beginsAt } from '../boundary.ts';
import type { Detector } from '../detector.ts';
import { bitsPerChar } from '../entropy.ts';

const NAME_DISTANCE_MAX = 64;
const ID_DISTANCE_MAX = 200;

/** Linear: the lookbehind limits attempts to the beginnings of runs, or to what follows `=`. */
const SECRET = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/;

const ACCESS_KEY_ID = /A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])/y;

const shared = { entity: 'AWS_SECRET_KEY', label: 'SECRET', secret: true } as const;

export const awsSecretKeyByName: Detector = {
  ...shared,
  tier: 'A',
  triggers: [
    {
      kind: 'word',
      words: [
        'secret_access_key',
        'secretaccesskey',
        'secret-access-key',
        'secret access key',
        'aws_secret_key',
        'awssecretkey',
        'aws_secret',
      ],
    },
  ],
  find: (text, _start, end) => secretWithin(text, end, NAME_DISTANCE_MAX),
};

export const awsSecretKeyById: Detector = {
  ...shared,
  tier: 'A',
  triggers: [{ kind: 'word', words: ['AKIA', 'ASIA'] }],
  find: (text, start) => {
    ACCESS_KEY_ID.lastIndex = start;
    if (!beginsAt(text, start) || !ACCESS_KEY_ID.test(text)) return undefined;
    return secretWithin(text, ACCESS_KEY_ID.lastIndex, ID_DISTANCE_MAX);
  },
};

/** Returns the first secret key that begins within `distance` characters after `from`. */
function secretWithin(text: string, from: number, distance: number) {
  const match = SECRET.exec(text.slice(from, from + distance + 41));
  if (!match || !isSecret(match[0])) return undefined;
  return { start: from + match.index, end: from + match.index + match[0].length };
}

/** A hex SHA-1 has the same length; a key has both cases and digits. */
function isSecret(value: string): boolean {
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) && bitsPerChar(value) > 3.5;
}
