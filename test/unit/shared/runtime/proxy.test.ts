import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { invalidNetworks, proxiesFor } from '../../../../shared/runtime/proxy.ts';
import { checkProperty } from '../../../kit/properties.ts';

const BOTH = { http: 'http://p:1', https: 'http://p:2' };

describe('the proxy for a URL', () => {
  it.each([
    ['http://a', { httpProxy: 'http://p:1', httpsProxy: '', noProxy: '' }],
    ['https://a', { httpProxy: '', httpsProxy: 'http://p:2', noProxy: '' }],
  ])('%s is that of its scheme', (url, expected) => {
    expect(proxiesFor(url, BOTH)).toEqual(expected);
  });

  it('is none when only the other scheme has one', () => {
    expect(proxiesFor('https://a', { http: 'http://p:1' })).toBeUndefined();
    expect(proxiesFor('http://a', { https: 'http://p:1' })).toBeUndefined();
    expect(proxiesFor('http://a', {})).toBeUndefined();
  });

  it.each([
    ['http://10.1.2.3:8080/v1', '10.0.0.0/8'],
    ['https://10.1.2.3', 'corp, 10.0.0.0/8'],
    ['http://10.1.2.3', 'corp 10.1.2.3/32\tother'],
    ['http://[fd00::1]:80', 'fd00::/8'],
    ['http://[fd00::1]', '[fd00::]/8'],
    ['http://[fd00::1]', '[fd00::/8]'],
    ['http://[::ffff:10.0.0.1]', '10.0.0.0/8'],
    ['http://127.1', '127.0.0.0/8'],
    ['http://8.8.8.8', '0.0.0.0/0'],
  ])('%s is none with %j', (url, no) => {
    expect(proxiesFor(url, { ...BOTH, no })).toBeUndefined();
  });

  it.each([
    ['http://11.0.0.1', '10.0.0.0/8'],
    ['http://10.0.0.1.corp', '10.0.0.0/8'],
    ['http://[fe80::1]', 'fd00::/8'],
    ['http://10.0.0.1', 'fd00::/8'],
    ['http://10.0.0.1', '10.0.0.0/x, /8, 10.0.0/8'],
  ])('%s is used with %j', (url, no) => {
    expect(proxiesFor(url, { ...BOTH, no })).toMatchObject({ noProxy: no });
  });

  it('is none exactly for the addresses that share the bits of a network', () => {
    const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
    const number = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0);
    checkProperty(
      fc.property(octets, octets, fc.integer({ min: 1, max: 32 }), (address, network, bits) => {
        const size = 2 ** (32 - bits);
        const isInside = Math.floor(number(address) / size) === Math.floor(number(network) / size);
        const no = `corp,${network.join('.')}/${bits}`;
        const proxies = proxiesFor(`http://${address.join('.')}`, { ...BOTH, no });
        expect(proxies === undefined).toBe(isInside);
      }),
    );
  });
});

describe('an invalid network', () => {
  it.each([
    ['10.0.0.0/33', 1],
    ['fd00::/129', 1],
    ['10.0.0/8', 1],
    ['10.0.0.0/8,corp,*.corp:80,[fd00::]/8', 0],
    ['http://localhost', 0],
  ])('is reported in %j: %i', (no, count) => {
    expect(invalidNetworks(no)).toHaveLength(count);
  });
});
