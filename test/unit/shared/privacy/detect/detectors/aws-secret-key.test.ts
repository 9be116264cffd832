import { describe, expect, it } from 'vitest';
import {
  awsSecretKeyById,
  awsSecretKeyByName,
} from '../../../../../../shared/privacy/detect/detectors/aws-secret-key.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const BOTH = [awsSecretKeyByName, awsSecretKeyById];
const id = fakeKey('AKIA{L16}');
const secret = fakeKey('{w12}/{b26}7');

describe('awsSecretKeyByName', () => {
  it.each([
    `aws_secret_access_key = ${secret}`,
    `"SecretAccessKey": "${secret}"`,
    `export AWS_SECRET_ACCESS_KEY='${secret}'`,
    `secretAccessKey: process.env.X ?? "${secret}",`,
    `My secret access key is ${secret}.`,
  ])('finds the key in %s', (text) => {
    expect(secretsIn([awsSecretKeyByName], text)).toEqual([`AWS_SECRET_KEY ${secret}`]);
  });

  it.each([
    ['a SHA-1', `aws_secret_access_key ${fakeKey('{h40}')}`],
    ['longer than a key', `aws_secret_access_key = ${secret}x`],
    ['far away', `aws_secret_access_key${' '.repeat(80)}${secret}`],
    ['filler', `aws_secret_access_key = ${'A1b'.repeat(13)}x`],
  ])('finds nothing that is %s', (_, text) => {
    expect(secretsIn([awsSecretKeyByName], text)).toEqual([]);
  });
});

describe('awsSecretKeyById', () => {
  it.each([
    `Access key ID,Secret access key\n${id},${secret}\n`,
    `{"id": "${id}", "key": "${secret}"}`,
  ])('finds the key next to its id in %s', (text) => {
    expect(secretsIn(BOTH, text)).toEqual([`AWS_SECRET_KEY ${secret}`]);
  });

  it('finds nothing next to an invalid id', () => {
    expect(secretsIn(BOTH, `AKIA,${secret}`)).toEqual([]);
  });
});
