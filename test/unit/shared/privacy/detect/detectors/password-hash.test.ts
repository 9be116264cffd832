import { describe, expect, it } from 'vitest';
import { passwordHash } from '../../../../../../shared/privacy/detect/detectors/password-hash.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const hash = (form: string): string => fakeKey(form);

describe('passwordHash', () => {
  it.each([
    hash('$1$abcdefgh${w22}'),
    hash('$apr1$abcdefgh${w22}'),
    hash('$2a$12${w53}'),
    hash('$2b$12${w53}'),
    hash('$2y$10${w53}'),
    hash('$5$rounds=5000$abcdefgh${w43}'),
    hash('$6$abcdefghijklmnop${w86}'),
    hash('$6$rounds=656000$abcdefghijklmnop${w86}'),
    hash('$y$j9T${w22}${w43}'),
    hash('$7$CU..../....{w22}$').concat(hash('{w43}')),
    hash('$scrypt$ln=16,r=8,p=1${w22}$').concat(hash('{w43}')),
    hash('$argon2id$v=19$m=65536,t=3,p=4${w22}$').concat(hash('{w43}')),
    hash('$pbkdf2-sha256$29000${w22}$').concat(hash('{w43}')),
    hash('pbkdf2_sha256$260000${w12}$').concat(hash('{w43}=')),
    hash('{SSHA}{w32}').concat('=='),
    hash('{SHA512}{w86}').concat('=='),
  ])('finds %s, alone and in a file', (value) => {
    expect(secretsIn([passwordHash], value)).toEqual([`PASSWORD_HASH ${value}`]);
    const line = `jo:${value}:19000:0:99999:7:::`;
    expect(secretsIn([passwordHash], line)).toEqual([`PASSWORD_HASH ${value}`]);
    const json = JSON.stringify({ note: `a\n${value}` });
    expect(secretsIn([passwordHash], json)).toEqual([`PASSWORD_HASH ${value}`]);
  });

  it.each([
    '$1$2 are groups',
    "replace(/(a)(b)/, '$1$2$3')",
    '$6$salt$',
    '$2b$12$',
    '{SSHA}',
    'the scheme $2b$ of bcrypt',
    'const { sha } = commit;',
    'price: $5$ or $6$',
  ])('ignores %s', (text) => {
    expect(secretsIn([passwordHash], text)).toEqual([]);
  });
});
