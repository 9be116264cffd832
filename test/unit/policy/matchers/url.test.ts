import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, found } from '../../../kit/policies.ts';

const deny = (...hosts: string[]) => ({ type: 'url', deny: hosts });
const allow = (...hosts: string[]) => ({ type: 'url', allow: hosts });

describe('the matcher of addresses', () => {
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
  ])('does not find it in %s', (address) => {
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
  ])('knows where it ends in %s', (text, address) => {
    expect(found(deny('evil.com'), text)).toEqual([address]);
  });

  it('finds all below a host by a star', () => {
    const text = 'https://a.evil.com https://a.b.evil.com https://evil.com https://evil.org';
    expect(found(deny('*.evil.com'), text)).toEqual(['https://a.evil.com', 'https://a.b.evil.com']);
  });

  it('finds whatever is not allowed, and what no browser can read', () => {
    const text = 'https://docs.corp.com/ https://other.com/ https://exa[mple/';
    const matcher = allow('corp.com', '*.corp.com');
    expect(found(matcher, text)).toEqual(['https://other.com/', 'https://exa[mple/']);
  });

  it('reads names and numbers in any form', () => {
    expect(found(deny('bücher.de'), 'https://xn--bcher-kva.de/')).toHaveLength(1);
    expect(found(deny('xn--bcher-kva.de'), 'https://BÜCHER.de/')).toHaveLength(1);
    expect(found(deny('127.0.0.1'), 'http://0x7f.1/ http://2130706433/')).toHaveLength(2);
    expect(found(deny('169.254.*'), 'http://169.254.169.254/latest')).toHaveLength(1);
  });

  it.each([
    [{ type: 'url' }, 'must have either allow or deny'],
    [{ ...deny('a'), ...allow('b') }, 'must have either allow or deny'],
    [deny(), 'must not be empty'],
  ])('refuses %j', (matcher, fault) => {
    expect(() => compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }])).toThrow(fault);
  });

  it('reads any text', () => {
    const piece = fc.oneof(
      fc.constantFrom('https://', 'www.', '@', ':', '/', '%', '[', ']', '.'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          expect(found(allow('nowhere'), text).every((address) => text.includes(address))).toBe(
            true,
          );
        },
      ),
    );
  });

  it('reads a megabyte of beginnings', () => {
    expect(found(deny('a'), 'https://'.repeat(125_000))).toEqual([]);
    expect(found(allow('a'), 'www.'.repeat(250_000)).length).toBeGreaterThan(100);
  });
});
