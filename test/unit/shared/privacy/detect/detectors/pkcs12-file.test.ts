import { describe, expect, it } from 'vitest';
import { pkcs12File } from '../../../../../../shared/privacy/detect/detectors/pkcs12-file.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

/** The beginning and end of a file; the encrypted bytes between them are made up. */
function pkcs12(rounds: readonly number[]): Buffer {
  const head = [
    0x30, 0x82, 9, 0x79, 2, 1, 3, 0x30, 0x82, 9, 0x3f, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1,
    7, 1,
  ];
  const body = Array.from({ length: 400 }, (_, index) => (index * 89 + 131) % 256);
  const salt = [4, 8, 0x68, 0x86, 0x13, 0x2a, 0x11, 0x6f, 0x1d, 0xfc];
  return Buffer.from([...head, ...body, ...salt, 2, rounds.length, ...rounds]);
}

const FILE = pkcs12([8, 0]);

describe('pkcs12File', () => {
  it.each(['latin1', 'utf8'] as const)('finds all of a file that was printed as %s', (encoding) => {
    const text = FILE.toString(encoding);
    expect(secretsIn([pkcs12File], `$ cat a.p12\n${text}`)).toEqual([`PRIVATE_KEY ${text}`]);
    expect(secretsIn([pkcs12File], text)).toHaveLength(1);
  });

  it.each([
    ['a part of a file', FILE.subarray(0, 200)],
    ['a file that takes a million rounds to open', pkcs12([0x1e, 0x84, 0x80])],
    ['other ASN.1', Buffer.from([0x30, 0x82, 1, 0x79, 2, 1, 3, 0x30, 0x0d, 6, 9, 0x2a])],
  ])('does not find %s', (_name, bytes) => {
    expect(secretsIn([pkcs12File], bytes.toString('latin1'))).toEqual([]);
  });
});
