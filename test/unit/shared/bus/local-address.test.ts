import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { internalHost, localAddressFor } from '../../../../shared/bus/local-address.ts';

const interfaces = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);

describe('localAddressFor', () => {
  it('returns the loopback address for a server on this machine', async () => {
    expect(await localAddressFor('nats://127.0.0.1:4222')).toBe('127.0.0.1');
    expect(await localAddressFor('nats://localhost')).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  it('returns the address of the interface on the route', async () => {
    const routable = interfaces.filter(({ address }) => !address.startsWith('fe80'));
    for (const { address, family } of routable) {
      const host = family === 'IPv6' ? `[${address}]` : address;
      expect(await localAddressFor(`nats://${host}:4222`)).toBe(address);
    }
  });

  it('passes over servers of a cluster whose name is gone', async () => {
    const servers = ['nats://no-such-host.invalid', 'nats://127.0.0.1:4222'];
    expect(await internalHost('auto', servers)).toBe('127.0.0.1');
    await expect(internalHost('auto', servers.slice(0, 1))).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  });

  it('rejects for an unknown host name', async () => {
    await expect(localAddressFor('nats://no-such-host.invalid:4222')).rejects.toThrow(
      /ENOTFOUND|EAI_AGAIN/,
    );
  });
});
