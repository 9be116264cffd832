// Hashes of passwords in the formats of crypt(5), passlib, Django and LDAP: the password can be guessed
// from them, and the format leaves no doubt.

import type { Detector, Range } from '../detector.ts';

/** By how a hash begins; lower bounds also match hashes that were shortened. */
const FORMATS: Readonly<Record<string, string>> = {
  // MD5 (crypt, Apache)
  $1$: String.raw`\$1\$[./\w-]{0,8}\$[./\w]{16,22}`,
  $apr1$: String.raw`\$apr1\$[./\w-]{0,8}\$[./\w]{16,22}`,
  // bcrypt
  $2a$: String.raw`\$2a\$\d\d\$[./\w]{31,53}`,
  $2b$: String.raw`\$2b\$\d\d\$[./\w]{31,53}`,
  $2x$: String.raw`\$2x\$\d\d\$[./\w]{31,53}`,
  $2y$: String.raw`\$2y\$\d\d\$[./\w]{31,53}`,
  // SHA-256 and SHA-512
  $5$: String.raw`\$5\$(?:rounds=\d{1,9}\$)?[^\s:$"']{0,32}\$[./\w]{20,43}`,
  $6$: String.raw`\$6\$(?:rounds=\d{1,9}\$)?[^\s:$"']{0,32}\$[./\w]{20,86}`,
  $sha1$: String.raw`\$sha1\$\d{1,9}\$[./\w]{1,64}\$[./\w]{20,28}`,
  // scrypt, yescrypt and gost-yescrypt
  $7$: String.raw`\$7\$[./\w]{10,128}\$[./\w]{20,43}`,
  $y$: String.raw`\$y\$[./\w]{1,16}\$[./\w]{1,86}\$[./\w]{20,43}`,
  $gy$: String.raw`\$gy\$[./\w]{1,16}\$[./\w]{1,86}\$[./\w]{20,43}`,
  $scrypt$: String.raw`\$scrypt\$[\w,=]{1,64}\$[./+\w]{4,128}\$[./+\w]{20,128}`,
  $argon2: String.raw`\$argon2(?:id|i|d)\$(?:v=\d{1,3}\$)?[\w,=]{1,64}\$[./+\w]{4,128}\$[./+\w]{16,172}`,
  $pbkdf2: String.raw`\$pbkdf2(?:-sha\d{1,3})?\$\d{1,9}\$[./+\w]{0,128}\$[./+\w]{20,128}`,
  // Django
  pbkdf2_sha: String.raw`pbkdf2_sha\d{1,3}\$\d{1,9}\$[./+\w-]{1,64}\$[./+\w]{20,128}`,
  bcrypt_sha256$: String.raw`bcrypt_sha256\$\$2[abxy]\$\d\d\$[./\w]{31,53}`,
  // LDAP (RFC 2307)
  '{ssha': String.raw`\{SSHA(?:256|384|512)?\}[A-Za-z0-9+/]{20,172}`,
  '{sha': String.raw`\{SHA(?:256|384|512)?\}[A-Za-z0-9+/]{20,172}`,
  '{smd5}': String.raw`\{SMD5\}[A-Za-z0-9+/]{20,86}`,
};

const PATTERNS = new Map(
  Object.entries(FORMATS).map(([beginning, format]) => [
    beginning,
    new RegExp(`${format}={0,2}(?![./\\w])`, beginning.startsWith('{') ? 'iy' : 'y'),
  ]),
);

export const passwordHash: Detector = {
  entity: 'PASSWORD_HASH',
  label: 'SECRET',
  tier: 'A',
  secret: true,
  triggers: [{ kind: 'word', words: Object.keys(FORMATS) }],
  find(text, start, end): Range | undefined {
    const pattern = PATTERNS.get(text.slice(start, end).toLowerCase());
    if (!pattern) return undefined;
    pattern.lastIndex = start;
    return pattern.test(text) ? { start, end: pattern.lastIndex } : undefined;
  },
};
