import { describe, expect, it } from 'vitest';
import * as headers from '../../../../../../shared/privacy/detect/detectors/authorization-header.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = Object.values(headers);
const token = fakeKey('{w32}');

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

describe('basicHeader', () => {
  const login = base64('jo:s3cr3t!');

  it.each([
    `Authorization: Basic ${login}`,
    `-H 'Authorization: Basic ${login}'`,
    `{"Authorization":"Basic ${login}"}`,
    `proxy-authorization: basic ${login}\r\n`,
  ])('finds the login in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([`BASIC_AUTH_HEADER ${login}`]);
  });

  it.each([
    'Basic authentication',
    'some basic information',
    `Basic ${base64('user:password')}`,
    `Basic ${base64('jo:${PASSWORD}')}`,
    `Basic ${base64('no colon in here')}`,
    `Basic ${Buffer.from([1, 58, 200, 201, 202, 203]).toString('base64')}`,
    'BASIC programs',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});

describe('bearerHeader and authorizationHeader', () => {
  it.each([
    `Authorization: Bearer ${token}`,
    `curl -H "authorization: bearer ${token}" https://a.example`,
    `headers: { Authorization: 'Bearer ${token}' }`,
    `Authorization: Token ${token}`,
    `Authorization: ApiKey ${token}`,
    `Authorization: SSWS ${token}`,
    `Authorization: ${token}`,
    `headers["Authorization"] = "${token}"`,
  ])('find the token in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([`BEARER_TOKEN ${token}`]);
  });

  it.each([
    'Bearer token',
    'Authorization: Bearer <your-access-token>',
    'Authorization: Bearer ${process.env.ACCESS_TOKEN_2024_FOR_TESTS}',
    'Authorization: Bearer YOUR_ACCESS_TOKEN_HERE',
    'Authorization: Bearer xxxxxxxxxxxxxxxxxxxxxxxx',
    'authorization: required, as for all of the others',
    'the bearer of-this-letter-is-a-friend',
    'const authorization = createAuthorizationHeaderFrom(request)',
    'forbearer abcDEF123456ghiJKL789',
  ])('find nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });
});

describe('curlUser', () => {
  it.each([
    ['curl -u jo:hunter22 https://a.example', 'jo:hunter22'],
    ['curl -X POST \\\n  --user "jo:hunter 22" https://a.example', 'jo:hunter 22'],
    ['curl -X POST \\\n  --user "jo:hunter22" https://a.example', 'jo:hunter22'],
    ['$ http --user=jo:hunter22 get', 'jo:hunter22'],
    ["wget --user='jo:hunter22' x", 'jo:hunter22'],
    ['curl -ujo:hunter22 x', 'jo:hunter22'],
    ['curl -u "$USER:$PASSWORD" x', undefined],
    ['curl -u user:password x', undefined],
    ['sort -u a:hunter22', undefined],
    ['curl x\nsort -u a:hunter22', undefined],
    ['pino-http -u http://localhost:8080/logs', undefined],
  ])('finds in %j the login %s', (text, login) => {
    const expected = login === undefined ? [] : [`BASIC_AUTH_HEADER ${login}`];
    expect(secretsIn(DETECTORS, text)).toEqual(expected);
  });
});
