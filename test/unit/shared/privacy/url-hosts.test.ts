import { describe, expect, it } from 'vitest';
import {
  addNamedHosts,
  hostAround,
  isLoopback,
  normalizedHost,
} from '../../../../shared/privacy/url-hosts.ts';
import { finished } from '../../../../shared/runtime/finished.ts';

describe('a normalized host', () => {
  it.each([
    ['EXAMPLE.com', 'example.com'],
    ['example.com.:443', 'example.com'],
    ['www.example.com', 'example.com'],
    ['www.com', 'www.com'],
    ['WWW.Example.com', 'example.com'],
    ['xn--mnchen-3ya.example', 'xn--mnchen-3ya.example'],
    ['1.2', '1.0.0.2'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['ｅvil。example', 'evil.example'],
    ['ex\u00adample.com', 'example.com'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['[::1]:80', '[::1]'],
  ])('of %s is %s', (text, host) => {
    expect(normalizedHost(text)).toBe(host);
  });

  it.each([
    '',
    'a b',
    'ev%69l.example',
    '"a".example',
    'a..b',
    `${'a.'.repeat(200)}example`,
    '[x]',
    '-',
  ])('does not exist for %j', (text) => {
    expect(normalizedHost(text)).toBeUndefined();
  });

  it('may be this machine', () => {
    expect(['localhost', 'a.localhost', '127.9.9.9', '[::1]'].every(isLoopback)).toBe(true);
    expect(['localhost.example', '128.0.0.1', '127.0.0.1.example'].some(isLoopback)).toBe(false);
  });
});

describe('the hosts that a text names', () => {
  const namedIn = (text: string) => {
    const named = new Set<string>();
    finished(addNamedHosts(text, named));
    return [...named];
  };

  it.each([
    ['See https://a.example/b?c=d.e, please.', ['a.example', 'd.e']],
    ['ask bob@a.example', ['a.example']],
    ['http://user:secret@a.example:80/', ['a.example']],
    ['http://intranet/ and http://[::1]/', ['intranet', '[::1]']],
    ['münchen.example', ['xn--mnchen-3ya.example']],
    ['nothing', []],
  ])('are found in %j', (text, hosts) => {
    expect(namedIn(text)).toEqual(expect.arrayContaining(hosts));
  });

  it('are found wherever a step ends, and never in part', () => {
    for (let length = 8_150; length < 8_200; length += 1) {
      expect(namedIn(`${' '.repeat(length)}evil.named.example/`)).toEqual(['evil.named.example']);
    }
  });
});

describe('the host of the URL around a value', () => {
  const around = (text: string) => {
    const start = text.indexOf('VALUE');
    return hostAround(text, start, start + 'VALUE'.length);
  };

  it.each([
    ['https://a.example/VALUE', 'a.example'],
    ['https://u@a.example:80?q=VALUE', 'a.example'],
    ['postgres://VALUE@a.example/db', 'a.example'],
    ['https://a.example/?u=https://b.example/VALUE', 'a.example'],
    ['https://VALUE/', undefined],
    ['https://VALUE.a.example/', undefined],
    ['https://a.example VALUE', undefined],
    ['VALUE', undefined],
  ])('in %s is %s', (text, host) => {
    expect(around(text)).toBe(host);
  });
});
