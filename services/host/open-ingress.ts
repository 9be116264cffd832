import type { Config } from '../config/config.ts';
import { startIngress, type IngressOptions } from '../ingress/ingress.ts';
import { provideFirstKey } from './first-key.ts';
import type { Listener } from './listener.ts';

export type IngressPorts = Pick<IngressOptions, 'bus' | 'clock' | 'events' | 'store' | 'queue'>;

/** Rejects when the port is taken or the first key cannot be written. */
export async function openIngress(config: Config, ports: IngressPorts): Promise<Listener> {
  const { store, clock } = ports;
  const firstKey =
    config.keys.length > 0 ? undefined : await provideFirstKey(store, config.dataDir, clock);
  const ingress = await startIngress({
    ...config.http,
    ...ports,
    limits: config.limits,
    readsWhole: config.workers.includes('scrubber'),
    configuredKeys: config.keys,
    adminToken: config.adminToken,
    modelIds: config.models ?? [],
    prices: config.prices,
    onStoreError: config.onStoreError,
  });
  return {
    url: ingress.url,
    firstKey,
    reportNotReady: () => ingress.publish(),
    drain: (signal) => ingress.drain(signal),
  };
}
