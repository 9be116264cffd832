import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, found, textMatcherOf } from '../../../../kit/policies.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const deny = (...hosts: string[]) => ({ type: 'url' as const, deny: hosts });
const allow = (...hosts: string[]) => ({ type: 'url' as const, allow: hosts });
/** Many different letters. */
const CJK = Array.from({ length: 2_000 }, (_, at) => String.fromCharCode(0x4e00 + at)).join('');

describe('the url matcher', () => {
  it.each([
    'https://evil.com',
    'http://evil.com/path?q=1#x',
    'HTTPS://EVIL.COM/',
    'https://evil.com:8443/x',
    'https://evil.com./x',
    'https://good.com@evil.com/',
    'https://good.com:443@evil.com/',
    'https:\\\\evil.com\\x',
    'https:/evil.com',
    'https://ｅｖｉｌ.com/',
    'https://evil%2ecom/',
    'https://evil。com/',
    'https%3A//evil.com',
    'ftp://evil.com/file',
    'wss://evil.com/socket',
    'www.evil.com/www',
    'www。evil。com',
    'https:\\/\\/evil.com\\/x',
    'https://good.com／@evil.com/',
    'https://good.com)@evil.com/',
    'https://evil.com/\u{ff20}good.com',
    'https://ev\u200bil.com/',
    `https://evil${'\u200b'.repeat(500)}.com/`,
    'http:evil.com',
  ])('finds the host in %s', (address) => {
    const matcher = deny('evil.com', 'www.evil.com');
    expect(found(matcher, `look at ${address} now`)).toEqual([address]);
  });

  it.each([
    'https://good.com/evil.com',
    'https://evil.com.good.com/',
    'https://notevil.com',
    'https://sub.evil.com',
    'https://good.com/?next=evil.com',
    'mailto:me@evil.com',
    'evil.com',
    'xhttps://evil.com',
  ])('ignores %s', (address) => {
    expect(found(deny('evil.com'), address)).toEqual([]);
  });

  it.each([
    ['[a](https://evil.com/x)', 'https://evil.com/x'],
    ['<https://evil.com/x>', 'https://evil.com/x'],
    ['"https://evil.com/x"', 'https://evil.com/x'],
    ['See https://evil.com/x.', 'https://evil.com/x'],
    ['(https://evil.com/x),', 'https://evil.com/x'],
    ['https://evil.com/x\nhttps://good.com', 'https://evil.com/x'],
    ['![](https://evil.com/?d=secret)', 'https://evil.com/?d=secret'],
    ['[a](https://evil.com)and', 'https://evil.com'],
    ['[a](https://good.com/x)[b](https://evil.com/y)', 'https://evil.com/y'],
    ['(https://evil.com/a_(b))', 'https://evil.com/a_(b)'],
    ['https://good.com,https://evil.com', 'https://evil.com'],
    ['https://good.com/?next=https://evil.com/', 'https://evil.com/'],
    ['请看https://evil.com，然后', 'https://evil.com'],
    ['请看 https://evil.com。然后', 'https://evil.com'],
    ['**https://evil.com**', 'https://evil.com'],
  ])('finds the end of the URL in %s', (text, address) => {
    expect(found(deny('evil.com'), text)).toEqual([address]);
  });

  it('finds all subdomains by a star', () => {
    const text = 'https://a.evil.com https://a.b.evil.com https://evil.com https://evil.org';
    expect(found(deny('*.evil.com'), text)).toEqual(['https://a.evil.com', 'https://a.b.evil.com']);
  });

  it('finds hosts that are not allowed, and unparseable ones', () => {
    const text = 'https://docs.corp.com/ https://other.com/ https://exa%mple/';
    const matcher = allow('corp.com', '*.corp.com');
    expect(found(matcher, text)).toEqual(['https://other.com/', 'https://exa%mple/']);
  });

  it('normalizes names and addresses', () => {
    expect(found(deny('bücher.de'), 'https://xn--bcher-kva.de/')).toHaveLength(1);
    expect(found(deny('xn--bcher-kva.de'), 'https://BÜCHER.de/')).toHaveLength(1);
    expect(found(deny('127.0.0.1'), 'http://0x7f.1/ http://2130706433/')).toHaveLength(2);
    expect(found(deny('169.254.*'), 'http://169.254.169.254/latest')).toHaveLength(1);
    expect(found(deny('[::1]'), 'http://[::1] (http://[0:0::1]:80/x)')).toHaveLength(2);
    expect(found(deny('*.bücher.de'), 'https://a.xn--bcher-kva.de/')).toHaveLength(1);
    expect(found(deny('*'), 'https://a%zz/ https://b.com/')).toHaveLength(2);
    expect(found(deny('*.*'), 'https://a%zz/')).toEqual([]);
  });

  it.each([
    [{ type: 'url' }, 'must have either allow or deny'],
    [{ ...deny('a'), ...allow('b') }, 'must have either allow or deny'],
    [deny(), 'must not be empty'],
    [deny('a.com', 'https://evil.com'), 'deny.1: must be a host'],
    [allow('evil.com:8080'), 'allow.0: must be a host'],
    [allow('evil.com/path'), 'allow.0: must be a host'],
    [allow('me@evil.com'), 'allow.0: must be a host'],
    [allow('a.com,b.com'), 'allow.0: must be a host'],
    [allow('[::1]:80'), 'allow.0: must be a host'],
    [allow('*bücher.de'), 'allow.0: must be a host'],
  ])('rejects %j', (matcher, message) => {
    expect(() => compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }])).toThrow(
      message,
    );
  });

  it('finds in a window what it finds in the complete text', () => {
    const chunk = fc.oneof(
      fc.constantFrom(
        'https://',
        'HTTP:',
        'www.',
        'a.com',
        '@',
        ':',
        '/',
        '%',
        '[',
        ')',
        '.',
        '，',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const { one: matcher, policy } = textMatcherOf(allow('nowhere'));
    const rangesIn = (text: string) => matcher.find(policy.view(text, false));
    checkProperty(
      fc.property(
        fc.array(chunk, { maxLength: 30 }).map((chunks) => chunks.join('')),
        (text) => {
          for (const { start, end } of rangesIn(text)) {
            const from = Math.max(0, start - matcher.before);
            const near = rangesIn(text.slice(from, start + matcher.after));
            expect(near).toContainEqual({ start: start - from, end: end - from });
          }
        },
      ),
    );
  });

  it.each([
    ['beginnings', 'https://', 125_000],
    ['short hosts', 'www.a ', 1],
    ['users', 'https:a@', 1],
    ['dots', `https://${'.'.repeat(2_030)}x `, 488],
    ['slashes', `https:${'/'.repeat(2_030)} `, 1],
    ['letters', `https://${CJK} `, 1],
    ['brackets', `https://a/${'('.repeat(2_000)} `, 488],
  ])('handles a megabyte of %s', (_, chunk, matchesMin) => {
    const text = chunk.repeat(Math.ceil(1_000_000 / chunk.length));
    expect(found(deny('evil'), text)).toEqual([]);
    expect(found(allow('evil'), text).length).toBeGreaterThanOrEqual(matchesMin);
  });
});
