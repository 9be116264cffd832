import { describe, expect, it } from 'vitest';
import { jwt } from '../../../../../../shared/privacy/detect/detectors/jwt.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = [jwt];

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const header = part({ alg: 'HS256', typ: 'JWT' });
const claims = part({ sub: '42', name: 'Jo', iat: 1_700_000_000 });
const signature = fakeKey('{n43}');
const signed = `${header}.${claims}.${signature}`;
const encrypted = `${part({ alg: 'RSA-OAEP', enc: 'A256GCM' })}.${fakeKey('{n342}.{n16}.{n900}.{n22}')}`;
const direct = `${part({ alg: 'dir', enc: 'A256GCM' })}..${fakeKey('{n16}.{n90}.{n22}')}`;

describe('jwt', () => {
  it.each([
    ['alone', signed, signed],
    ['in a header', `Authorization: Bearer ${signed}\r\n`, signed],
    ['in JSON', `{"id_token":"${signed}","x":1}`, signed],
    ['after an escaped line break', `a\\n${signed}\\nb`, signed],
    ['at the end of a sentence', `the token is ${signed}.`, signed],
    ['with claims of four kilobytes', `${header}.${part({ a: 'x'.repeat(3000) })}.${signature}`],
    ['that lost its signature', `${header}.${claims} is all`, `${header}.${claims}`],
    ['that has none', `${part({ alg: 'none' })}.${claims}.`, `${part({ alg: 'none' })}.${claims}`],
    ['with a payload that is no JSON', `${header}.${fakeKey('{n40}')}.${signature}`],
    ['that is encrypted', `token=${encrypted}`, encrypted],
    ['that is encrypted directly', `token=${direct}`, direct],
    ['before another dot and word', `${signed}.Then`, signed],
  ])('finds a token %s', (_, text, token = text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([`JSON_WEB_TOKEN ${token}`]);
  });

  it.each([
    ['a header alone', header],
    ['JSON without a header parameter', `${part({ name: 'Lee' })}.${claims}.${signature}`],
    ['a list in JSON', `${part(['alg'])}.${claims}.${signature}`],
    ['broken JSON', `${header.slice(0, -3)}.${claims}.${signature}`],
    ['a part of longer base64', `abc${signed}`],
    ['another letter case', signed.toLowerCase()],
    ['the beginning alone', 'eyJ'],
    ['code', 'if (token.startsWith("eyJ")) decode(token.split(".")[0])'],
    ['a header and a word', `${header}.decode()`],
  ])('finds nothing in %s', (_, text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });

  it('finds tokens that follow each other', () => {
    expect(secretsIn(DETECTORS, `${signed} ${signed},${signed}`)).toHaveLength(3);
  });
});
