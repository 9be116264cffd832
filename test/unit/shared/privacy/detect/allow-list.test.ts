import { describe, expect, it } from 'vitest';
import {
  isDocumentationIp,
  isHarmlessEmail,
  isHarmlessIp,
  isPrivateIp,
  isReservedDomain,
} from '../../../../../shared/privacy/detect/allow-list.ts';

describe('a domain', () => {
  it.each([
    'example.com',
    'EXAMPLE.org',
    'mail.example.net',
    'example.co.uk',
    'www.example.com.au',
    'example',
    'api.test',
    'a.b.invalid',
    'localhost',
    'db.localhost',
  ])('%s is reserved', (host) => {
    expect(isReservedDomain(host)).toBe(true);
  });

  it.each([
    'acme.io',
    'myexample.com',
    'example.acme.com',
    'example-shop.de',
    'test.com',
    'contest',
    '',
  ])('%s is not reserved', (host) => {
    expect(isReservedDomain(host)).toBe(false);
  });
});

describe('an e-mail address', () => {
  it.each(['noreply@anthropic.com', 'No-Reply@acme.io', 'git@github.com', 'jane@example.com'])(
    '%s reaches nobody',
    (address) => {
      expect(isHarmlessEmail(address)).toBe(true);
    },
  );

  it.each(['jane@acme.io', 'reply@acme.io', 'example@acme.io', 'jane@example@acme.io'])(
    '%s reaches somebody',
    (address) => {
      expect(isHarmlessEmail(address)).toBe(false);
    },
  );
});

describe('an IP address', () => {
  it.each(['192.0.2.1', '198.51.100.255', '203.0.113.7', '2001:db8::1', '3fff::1'])(
    '%s is for documentation',
    (address) => {
      expect(isDocumentationIp(address)).toBe(true);
      expect(isHarmlessIp(address)).toBe(true);
    },
  );

  it.each([
    '10.1.2.3',
    '127.0.0.1',
    '0.0.0.0',
    '169.254.1.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:10.0.0.1',
  ])('%s is not public', (address) => {
    expect(isPrivateIp(address)).toBe(true);
    expect(isHarmlessIp(address)).toBe(true);
  });

  it.each(['8.8.8.8', '1.1.1.1', '2001:4860:4860::8888'])('%s is a known resolver', (address) => {
    expect(isHarmlessIp(address)).toBe(true);
    expect(isPrivateIp(address)).toBe(false);
  });

  it.each(['81.2.69.142', '172.32.0.1', '192.0.3.1', '8.8.8.9', '2a00:1450:4001::8'])(
    '%s may identify somebody',
    (address) => {
      expect(isHarmlessIp(address)).toBe(false);
    },
  );
});
