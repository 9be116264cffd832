// The private members of a JSON Web Key (RFC 7518): `{"kty": "OKP", "x": "…", "d": "…"}`, in any order and escaped.

import type { Detector, Range } from '../detector.ts';
import { looksRandom } from '../entropy.ts';

/** Members of an RSA key with 4,096 bits have 683 characters. */
const REACH = 4_096;
const TYPE = /["']kty/i;
const KEY_END = /\}|["']kty/i;
/** Without a bracket, in a part of a key. */
const OPEN_REACH = 400;
const MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi'];

/** One detector for each member, because a detector finds one value. */
export const JSON_WEB_KEY: readonly Detector[] = MEMBERS.map((member) => {
  const pattern = new RegExp(
    String.raw`(?<![A-Za-z0-9_])\\{0,3}["']${member}\\{0,3}["']\s{0,4}:\s{0,4}\\{0,3}["'](?<value>[A-Za-z0-9_-]{16,1400})\\{0,3}["']`,
    'd',
  );
  return {
    entity: 'PRIVATE_KEY',
    label: 'PRIVATEKEY',
    tier: 'A',
    secret: true,
    triggers: [{ kind: 'word', words: ['"kty', "'kty"] }],
    find(text, start, end): Range | undefined {
      const before = text.slice(Math.max(0, start - REACH), start);
      const open = before.lastIndexOf('{');
      // The type of another key is none of this one.
      const own = open < 0 ? before.slice(-OPEN_REACH) : before.slice(open);
      if (TYPE.test(own)) return undefined;
      const from = start - own.length;
      const length = text.slice(end, end + REACH).search(KEY_END);
      const key = text.slice(from, end + (length < 0 ? REACH : length));
      const range = pattern.exec(key)?.indices?.groups?.['value'];
      if (!range || !looksRandom(key.slice(...range))) return undefined;
      return { start: from + range[0], end: from + range[1] };
    },
  };
});
