import { join } from 'node:path';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import { EmbeddedJournal } from '../../shared/store/embedded-journal.ts';
import type { Config } from '../config/config.ts';
import { startIngress, type IngressOptions } from '../ingress/ingress.ts';
import { BodyBudget } from '../ingress/admission/body-budget.ts';
import { policyNamesOf } from './policy-names.ts';
import type { Listener } from './listener.ts';

export type IngressPorts = Pick<
  IngressOptions,
  'bus' | 'clock' | 'events' | 'store' | 'queue' | 'previewScrub'
> & {
  readonly bodyBudget?: BodyBudget;
};

/** Rejects when the port is taken. A data directory that cannot be written is only reported. */
export async function openIngress(config: Config, ports: IngressPorts): Promise<Listener> {
  const { dataDir, limits } = config;
  const { events, clock } = ports;
  const journal = new EmbeddedJournal({
    directory: join(dataDir, 'settlements'),
    clock,
    limits: {
      bytesMax: limits.admission.settlementJournalBytesMax,
      retryMs: limits.admission.storeCooldownMs,
    },
    onFault: (error) => events.journalFault(dataDirectoryError(error, dataDir)),
    onDamaged: events.journalDamaged,
    onRecovered: events.recordsRecovered,
  });
  await journal.start();
  const ingress = await startIngress({
    ...config.http,
    ...ports,
    bodyBudget: ports.bodyBudget ?? new BodyBudget(limits.http),
    journal,
    limits,
    hasLocalScrubber: config.workers.includes('scrubber'),
    configuredKeys: config.keys,
    adminToken: config.adminToken,
    policyNames: policyNamesOf(config),
    modelIds: config.models ?? [],
    passThrough: config.passThrough,
    prices: config.prices,
    onStoreError: config.onStoreError,
  }).catch(async (error: unknown) => {
    await journal[Symbol.asyncDispose]();
    throw error;
  });
  return {
    url: ingress.url,
    reportNotReady: () => ingress.reportNotReady(),
    async drain(signal) {
      await ingress.drain(signal);
      await journal[Symbol.asyncDispose]();
    },
  };
}
