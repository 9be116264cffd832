// AWS secret access keys: 40 units of base64 and no mark of their own. They are told by a name
// before them, or by an access key id that stands at most a few lines before, as in the CSV file
// and the credentials file that AWS hands out.

import { beginsAt } from '../boundary.ts';
import type { Detector } from '../detector.ts';
import { bitsPerUnit } from '../entropy.ts';

const NAME_DISTANCE_MAX = 64;
const ID_DISTANCE_MAX = 200;

/** The lookbehind lets an attempt begin only where a stretch begins, so this is linear. */
const SECRET = /(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])/;

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

/** The first secret key that begins within `distance` units after `from`. */
function secretWithin(text: string, from: number, distance: number) {
  const match = SECRET.exec(text.slice(from, from + distance + 41));
  if (!match || !isSecret(match[0])) return undefined;
  return { start: from + match.index, end: from + match.index + match[0].length };
}

/** A SHA-1 in hex is as long; a key has letters of both cases and digits. */
function isSecret(value: string): boolean {
  return /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value) && bitsPerUnit(value) > 3.5;
}
