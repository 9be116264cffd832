import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { derPrivateKey } from '../../../../../../shared/privacy/detect/detectors/private-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

const base64 = (der: Buffer): string => der.toString('base64');
const pkcs8 = { type: 'pkcs8', format: 'der' } as const;

const KEYS: readonly (readonly [name: string, key: string])[] = [
  ['RSA in PKCS #8', base64(rsa.privateKey.export(pkcs8))],
  ['RSA in PKCS #1', base64(rsa.privateKey.export({ type: 'pkcs1', format: 'der' }))],
  ['RSA with 1,024 bits', base64(small.privateKey.export({ type: 'pkcs1', format: 'der' }))],
  ['P-256 in PKCS #8', base64(ec.privateKey.export(pkcs8))],
  ['P-256 in SEC 1', base64(ec.privateKey.export({ type: 'sec1', format: 'der' }))],
  ['Ed25519', base64(ed.privateKey.export(pkcs8))],
];

describe('derPrivateKey', () => {
  it.each(KEYS)('finds a key without its lines BEGIN and END: %s', (_name, key) => {
    for (const text of [`data: ${key}`, `{"k":"${key}"}`, key, `k=${key}\nnext: 1`]) {
      expect(secretsIn([derPrivateKey], text)).toEqual([`PRIVATE_KEY ${key}`]);
    }
  });

  it('finds a key in lines', () => {
    const lines = (KEYS[0]?.[1] ?? '').replaceAll(/.{64}/g, '$&\n');
    expect(secretsIn([derPrivateKey], lines)).toEqual([`PRIVATE_KEY ${lines.trimEnd()}`]);
  });

  // Such as one key of 24, in lines of 64 characters.
  it.each(['AbCdEfGhIjKl', 'bcdefghijklm', 'JDOE', 'a+b/'])(
    'finds the last line %j, which its length tells from prose',
    (last) => {
      const bytes = Math.floor((3 * (64 * 10 + last.length)) / 4);
      const head = Buffer.from([
        0x30,
        0x82,
        (bytes - 4) >> 8,
        (bytes - 4) & 255,
        2,
        1,
        0,
        0x30,
        13,
      ]);
      const start = `${head.toString('base64')}BgkqhkiG9w0BAQEFAASC`;
      const key = `${start}${'aB3/'.repeat(160)}`.slice(0, 640).replaceAll(/.{64}/g, '$&\n') + last;
      for (const text of [key, `${key}\n`, `${key}\nThat is the key`, `"${key}", is the key`]) {
        expect(secretsIn([derPrivateKey], text)).toEqual([`PRIVATE_KEY ${key}`]);
      }
    },
  );

  it.each([
    base64(rsa.publicKey.export({ type: 'spki', format: 'der' })),
    base64(rsa.publicKey.export({ type: 'pkcs1', format: 'der' })),
    base64(ec.publicKey.export({ type: 'spki', format: 'der' })),
    'MIIEpAIBAAKCAQEA…',
    'IBAzCC',
  ])('does not find a public key or a beginning: %s', (text) => {
    expect(secretsIn([derPrivateKey], text)).toEqual([]);
  });
});
