import type { Config } from '../config/config.ts';
import { startIngress, type IngressOptions } from '../ingress/ingress.ts';
import { BodyBudget } from '../ingress/admission/body-budget.ts';
import type { Listener } from './listener.ts';

export type IngressPorts = Pick<IngressOptions, 'bus' | 'clock' | 'events' | 'store' | 'queue'> & {
  readonly bodyBudget?: BodyBudget;
};

/** Rejects when the port is taken. */
export async function openIngress(config: Config, ports: IngressPorts): Promise<Listener> {
  const ingress = await startIngress({
    ...config.http,
    ...ports,
    limits: config.limits,
    bodyBudget: ports.bodyBudget ?? new BodyBudget(config.limits.http),
    hasLocalScrubber: config.workers.includes('scrubber'),
    configuredKeys: config.keys,
    adminToken: config.adminToken,
    modelIds: config.models ?? [],
    prices: config.prices,
    onStoreError: config.onStoreError,
  });
  return {
    url: ingress.url,
    reportNotReady: () => ingress.reportNotReady(),
    drain: (signal) => ingress.drain(signal),
  };
}
