// Probes: liveness (`/healthz`), readiness (`/readyz`) and `HEAD /`. They need no key and reveal only
// worker names.

import type { FastifyInstance } from 'fastify';
import type { Bus } from '../../../shared/bus/bus.ts';
import { endsWithin, type Clock } from '../../../shared/runtime/clock.ts';
import type { HttpLimits } from '../../../shared/limits.ts';
import type { Store } from '../../../shared/store/store.ts';
import { ALL_STAGES } from '../dispatch/routing-slip.ts';

export interface HealthPorts {
  readonly bus: Pick<Bus, 'connected' | 'hasWorkers'>;
  readonly store: Pick<Store, 'ready'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Pick<HttpLimits, 'storeProbeMs'>;
  readonly isShuttingDown: () => boolean;
  /** Whether requests are served without the store. */
  readonly servesWithoutStore: () => boolean;
}

interface Readiness {
  /** Why requests cannot be served. */
  readonly reasons: readonly string[];
  /** What is missing while requests are still served. */
  readonly degraded: readonly string[];
}

export function healthRoute(app: FastifyInstance, ports: HealthPorts): void {
  const config = { isPublic: true };
  app.head('/', { config }, async (_request, reply) => reply.code(200).send());
  app.get('/healthz', { config }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const { reasons, degraded } = await readinessOf(ports);
    if (reasons.length > 0) return reply.code(503).send({ status: 'not ready', reasons });
    return { status: 'ready', ...(degraded.length > 0 ? { degraded } : {}) };
  });
}

async function readinessOf(ports: HealthPorts): Promise<Readiness> {
  const { bus, isShuttingDown, servesWithoutStore } = ports;
  if (isShuttingDown()) return { reasons: ['this process is shutting down'], degraded: [] };
  if (!bus.connected()) return { reasons: ['the bus is not connected'], degraded: [] };
  const [isStoreReady, ...hasWorkers] = await Promise.all([
    probeStore(ports),
    ...ALL_STAGES.map((stage) => bus.hasWorkers(stage)),
  ]);
  const missing = ALL_STAGES.filter((_stage, at) => hasWorkers[at] === false);
  const storeDown = isStoreReady ? [] : ['the store does not respond'];
  const isDegraded = servesWithoutStore();
  return {
    reasons: [
      ...(isDegraded ? [] : storeDown),
      ...missing.map((stage) => `no ${stage} worker is running`),
    ],
    degraded: isDegraded ? storeDown : [],
  };
}

async function probeStore({ store, clock, limits }: HealthPorts): Promise<boolean> {
  let isReady = false;
  const probe = store.ready().then((ready) => (isReady = ready));
  await endsWithin(clock, limits.storeProbeMs, probe);
  return isReady;
}
