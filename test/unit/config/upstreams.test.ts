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
    [file([{ ...ONE, name: 'simulator' }]), 'upstreams.0.name: must not be that of the built-in'],
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

  const A = 'http://a:1';
  const B = 'http://b:2';
  it.each<[env: Record<string, string>, proxy: object | null]>([
    [{ https_proxy: A }, { https: A }],
    [
      { http_proxy: A, no_proxy: 'corp' },
      { http: A, no: 'corp' },
    ],
    // As in curl, lower case wins, and an empty variable is none.
    [{ https_proxy: A, HTTPS_PROXY: B }, { https: A }],
    [{ https_proxy: '', HTTPS_PROXY: B }, { https: B }],
    [
      { HTTPS_PROXY: A, no_proxy: 'a', NO_PROXY: 'b' },
      { https: A, no: 'a' },
    ],
    [{ all_proxy: A }, { http: A, https: A }],
    [{ ALL_PROXY: A }, { http: A, https: A }],
    [
      { all_proxy: A, ALL_PROXY: B },
      { http: A, https: A },
    ],
    [
      { ALL_PROXY: A, https_proxy: B },
      { http: A, https: B },
    ],
    [
      { all_proxy: A, HTTP_PROXY: B },
      { http: B, https: A },
    ],
    [{ HTTPS_PROXY: 'a:1' }, { https: A }],
    [{ Https_Proxy: A }, null],
    [{ no_proxy: '*' }, null],
  ])('are read from %j', (env, proxy) => {
    expect(readConfig(env, []).proxy).toEqual(proxy);
  });

  it.each([
    [{ https_proxy: 'ftp://secret' }, 'https_proxy: must be an http:// or https:// URL'],
    [{ all_proxy: 'socks5://secret' }, 'all_proxy: must be an http:// or https:// URL'],
    [{ NO_PROXY: 'corp,10.0.0.0/33' }, 'NO_PROXY: has a network that is not one'],
    [{ no_proxy: '[fd00::/129]' }, 'no_proxy: has a network that is not one'],
  ])('are refused in %j', (env, issue) => {
    expect(() => readConfig(env, [])).toThrow(issue);
    expect(() => readConfig(env, [])).not.toThrow('secret');
  });
});
