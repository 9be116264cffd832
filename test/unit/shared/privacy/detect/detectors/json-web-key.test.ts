import { describe, expect, it } from 'vitest';
import { JSON_WEB_KEY } from '../../../../../../shared/privacy/detect/detectors/json-web-key.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const [d, p] = [fakeKey('{n43}'), fakeKey('{n43}', 2)];
const x = fakeKey('{n43}', 3);

describe('JSON_WEB_KEY', () => {
  it.each([
    `{"kty":"OKP","crv":"Ed25519","x":"${x}","d":"${d}"}`,
    `{ "d": "${d}", "kty": "EC" }`,
    `{\\"kty\\":\\"oct\\",\\"k\\":\\"${d}\\"}`,
    `{'kty': 'oct', 'k': '${d}'}`,
  ])('finds the private member in %s', (text) => {
    expect(secretsIn(JSON_WEB_KEY, text)).toEqual([`PRIVATE_KEY ${d}`]);
  });

  it('finds all private members of an RSA key', () => {
    const text = `{"kty":"RSA","n":"${x}","d":"${d}","p":"${p}"}`;
    expect(secretsIn(JSON_WEB_KEY, text)).toEqual([`PRIVATE_KEY ${d}`, `PRIVATE_KEY ${p}`]);
  });

  it.each([
    `{"kty":"OKP","crv":"Ed25519","x":"${x}"}`,
    `{"kty":"oct","k":"your-key-goes-here"}`,
    `{"kty":"OKP"} {"d":"${d}"}`,
    `{"d":"${d}"}`,
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(JSON_WEB_KEY, text)).toEqual([]);
  });
});
