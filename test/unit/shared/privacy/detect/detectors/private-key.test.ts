import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as keys from '../../../../../../shared/privacy/detect/detectors/private-key.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = Object.values(keys);
const DASHES = '-----';

/** Lines of 64 units of made-up base64 between BEGIN and END. */
function block(name: string, lines: number, headers = ''): string {
  const body = fakeKey('{b64}\n'.repeat(lines)) + fakeKey('{b30}==', 9);
  return `${DASHES}BEGIN ${name}${DASHES}\n${headers}${body}\n${DASHES}END ${name}${DASHES}`;
}

const pem = block('PRIVATE KEY', 26);
const body = pem.split('\n').slice(1, -1);

describe('pemPrivateKey', () => {
  it.each([
    ['PKCS #8', pem],
    ['of RSA', block('RSA PRIVATE KEY', 24)],
    ['of 16,384 bits', block('RSA PRIVATE KEY', 196)],
    ['of an elliptic curve', block('EC PRIVATE KEY', 2)],
    ['of Ed25519, one line long', block('PRIVATE KEY', 1)],
    ['encrypted', block('ENCRYPTED PRIVATE KEY', 28)],
    [
      'encrypted the old way',
      block('RSA PRIVATE KEY', 24, 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C3D\n\n'),
    ],
    ['of OpenSSH', block('OPENSSH PRIVATE KEY', 30)],
    ['of PGP', block('PGP PRIVATE KEY BLOCK', 30, 'Version: GnuPG v2\nComment: x-y\n\n')],
  ])('finds a key %s', (_, key) => {
    expect(secretsIn(DETECTORS, `before\n${key}\nafter`)).toEqual([`PRIVATE_KEY ${key}`]);
    expect(secretsIn(DETECTORS, key.replaceAll('\n', '\r\n'))).toHaveLength(1);
  });

  it('finds a key that Node made', () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'prime256v1',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    expect(secretsIn(DETECTORS, privateKey)).toEqual([`PRIVATE_KEY ${privateKey.trim()}`]);
  });

  it.each([
    ['with escaped line breaks', pem.replaceAll('\n', '\\n')],
    ['with line breaks escaped twice', pem.replaceAll('\n', '\\\\n')],
    ['with spaces for line breaks', pem.replaceAll('\n', ' ')],
    ['with escaped slashes', pem.replaceAll('\n', '\\n').replaceAll('/', '\\/')],
    ['in a comment', pem.replaceAll('\n', '\n# ')],
    ['in a quotation', pem.replaceAll('\n', '\n> ')],
    ['in YAML', pem.replaceAll('\n', '\n    ')],
    ['as joined literals', pem.replaceAll('\n', '\\n" +\n      "')],
    ['as a list of literals', pem.replaceAll('\n', "',\n  '")],
  ])('finds a key %s', (_, key) => {
    expect(secretsIn(DETECTORS, `k = "${key}"`)).toEqual([`PRIVATE_KEY ${key}`]);
  });

  it('protects what there is of a key without an end', () => {
    const cut = pem.split('\n').slice(0, 5).join('\n');
    expect(secretsIn(DETECTORS, cut)).toEqual([`PRIVATE_KEY ${cut}`]);
    expect(secretsIn(DETECTORS, `${cut}\nand then it broke off.`)).toEqual([`PRIVATE_KEY ${cut}`]);
  });

  it('protects at most 16 KB of a body without an end', () => {
    const [key = ''] = secretsIn(
      DETECTORS,
      `${DASHES}BEGIN PRIVATE KEY${DASHES}\n${'Ab3/'.repeat(9000)}`,
    );
    expect(key.length).toBeGreaterThan(16_000);
    expect(key.length).toBeLessThan(17_000);
  });

  it.each([
    ['a header alone', `${DASHES}BEGIN PRIVATE KEY${DASHES}`],
    ['code that strips headers', `.replace('${DASHES}BEGIN PRIVATE KEY${DASHES}', '').replace(`],
    ['an empty key', `${DASHES}BEGIN PRIVATE KEY${DASHES}\n${DASHES}END PRIVATE KEY${DASHES}`],
    ['a stand-in', `${DASHES}BEGIN PRIVATE KEY${DASHES}\n...\n${DASHES}END PRIVATE KEY${DASHES}`],
    ['prose', `${DASHES}BEGIN PRIVATE KEY${DASHES} is how it starts and then comes the body of it`],
    ['a public key', block('PUBLIC KEY', 6)],
    ['a certificate', block('CERTIFICATE', 20)],
    ['another letter case', `${DASHES}begin private key${DASHES}\n${body.join('\n')}`],
  ])('finds nothing in %s', (_, text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});

describe('puttyPrivateKey', () => {
  const lines = fakeKey('{b64}\n'.repeat(4));
  const head = `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: jo@host\n`;
  const key = `${head}Public-Lines: 4\n${lines}Private-Lines: 4\n${lines}Private-MAC: ${fakeKey('{h64}')}`;

  it('finds a key', () => {
    expect(secretsIn(DETECTORS, `${key}\n`)).toEqual([`PRIVATE_KEY ${key}`]);
  });

  it('finds nothing in what has no private lines', () => {
    expect(secretsIn(DETECTORS, `${head}Public-Lines: 4\n${lines}`)).toEqual([]);
  });
});

describe('agePrivateKey', () => {
  const key = `AGE-SECRET-KEY-1${'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.repeat(2).slice(0, 58)}`;

  it('finds a key', () => {
    expect(secretsIn(DETECTORS, `# public key: age1x\n${key}\n`)).toEqual([`PRIVATE_KEY ${key}`]);
  });

  it.each([key.slice(0, -1), `${key.slice(0, -1)}B`, `x${key}`])('finds nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});
