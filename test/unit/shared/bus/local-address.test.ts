import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { localAddressFor } from '../../../../shared/bus/local-address.ts';

const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

describe('the own address', () => {
  it('towards a server on this machine is that of the loopback', async () => {
    expect(await localAddressFor('nats://127.0.0.1:4222')).toBe('127.0.0.1');
    expect(await localAddressFor('nats://localhost')).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it('towards an address of an interface is one in its network', async () => {
    for (const { address, family } of own.filter((one) => !one.address.startsWith('fe80'))) {
      const host = family === 'IPv6' ? `[${address}]` : address;
      expect(await localAddressFor(`nats://${host}:4222`)).toBe(address);
    }
  });

  it('cannot be told towards a name that nobody knows', async () => {
    await expect(localAddressFor('nats://no-such-host.invalid:4222')).rejects.toThrow(
      /ENOTFOUND|EAI_AGAIN/,
    );
  });
});
