import { describe, expect, it } from 'vitest';
import { ownAddress } from '../../../services/config/own-address.ts';

const base = { netmask: '', mac: '', cidr: null };
const ipv4 = (address: string, internal = false) =>
  ({ ...base, address, internal, family: 'IPv4' }) as const;
const ipv6 = (address: string, internal = false) =>
  ({ ...base, address, internal, family: 'IPv6', scopeid: 0 }) as const;

const lo = [ipv4('127.0.0.1', true), ipv6('::1', true)];

describe('ownAddress', () => {
  it('takes the IPv4 address of the first outer interface', () => {
    const eth0 = [ipv6('fd00::2'), ipv4('172.18.0.5')];
    expect(ownAddress({ lo, eth0, eth1: [ipv4('10.0.0.1')] })).toBe('172.18.0.5');
  });

  it('takes an IPv6 address where there is no other, but none of the link alone', () => {
    expect(ownAddress({ lo, eth0: [ipv6('fe80::1'), ipv6('fd00::2')] })).toBe('fd00::2');
  });

  it('takes the loopback address without a network', () => {
    expect(ownAddress({ lo })).toBe('127.0.0.1');
    expect(ownAddress({})).toBe('127.0.0.1');
  });
});
