import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../services/config/config.ts';
import { readUpstreams } from '../../../services/config/upstreams.ts';

const KEY = 'sk-a-secret-key';
const ONE = { name: 'a', url: 'https://a.example/v1/', keys: [KEY] };
const file = (upstreams: readonly object[], more: object = {}) =>
  JSON.stringify({ version: 1, upstreams, ...more });

describe('the upstreams file', () => {
  it('requires a name and a URL, and has defaults for the rest', () => {
    expect(
      readUpstreams('version: 1\nupstreams:\n  - { name: a, url: https://a.example/x/ }'),
    ).toEqual({
      version: 1,
      max_attempts: 3,
      fallbacks: {},
      upstreams: [
        {
          name: 'a',
          url: 'https://a.example/x',
          keys: [],
          auth: 'x-api-key',
          weight: 1,
          models: ['*'],
          aliases: {},
          headers: {},
          http2: false,
        },
      ],
    });
  });

  it.each([
    ['', 'file: '],
    ['a: [', 'file: '],
    [file([]), 'upstreams: '],
    [file([{ ...ONE, url: 'ftp://x' }]), 'upstreams.0.url: must be an http or https URL'],
    [file([{ ...ONE, url: `https://u:${KEY}@x` }]), 'upstreams.0.url: must not have credentials'],
    [file([{ ...ONE, keys: [`${KEY} ${KEY}`] }]), 'upstreams.0.keys.0: must be printable ASCII'],
    [file([ONE, ONE]), 'upstreams.1.name: is already the name of another upstream'],
    [file([{ ...ONE, weight: 0 }]), 'upstreams.0.weight: '],
    [file([{ ...ONE, key: KEY }]), 'upstreams.0: has an unknown field'],
    [file([{ ...ONE, ca: KEY }]), 'upstreams.0.ca: must be PEM text'],
    [file([{ ...ONE, proxy: KEY }]), 'upstreams.0.proxy: must be an http or https URL'],
    [file([ONE], { max_attempts: 11 }), 'max_attempts: '],
    [file([ONE], { fallbacks: { m: [] } }), 'fallbacks.m: '],
  ])('is rejected without showing its content: %s', (text, issue) => {
    expect(() => readUpstreams(text)).toThrow(issue);
    expect(() => readUpstreams(text)).not.toThrow(KEY);
  });

  it('replaces the single upstream', () => {
    const { upstream } = readConfig({ LLMP_UPSTREAMS: file([ONE]) }, []);
    expect(upstream).toMatchObject({ kind: 'pool', pool: { upstreams: [{ name: 'a' }] } });
    const both = { LLMP_UPSTREAMS: file([ONE]), ANTHROPIC_API_KEY: KEY };
    expect(() => readConfig(both, [])).toThrow('ANTHROPIC_API_KEY: has no effect');
  });
});

describe('proxies', () => {
  it('come from the environment', () => {
    const env = { HTTPS_PROXY: 'http://user:pass@proxy:3128', NO_PROXY: 'localhost,.corp' };
    expect(readConfig(env, []).proxy).toEqual({
      https: 'http://user:pass@proxy:3128',
      no: 'localhost,.corp',
    });
    expect(readConfig({ NO_PROXY: 'localhost' }, []).proxy).toBeNull();
    expect(() => readConfig({ HTTP_PROXY: 'socks5://x' }, [])).toThrow('HTTP_PROXY: must be');
  });
});
