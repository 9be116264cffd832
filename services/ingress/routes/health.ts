// Probes: liveness (`/healthz`), readiness (`/readyz`) and `HEAD /`. They need no key and reveal only
// worker names.

import type { FastifyInstance } from 'fastify';
import type { Bus } from '../../../shared/bus/bus.ts';
import type { Events } from '../../../shared/events.ts';
import { endsWithin, type Clock } from '../../../shared/runtime/clock.ts';
import { DependencyError } from '../../../shared/runtime/dependency-error.ts';
import type { HttpLimits } from '../../../shared/limits.ts';
import type { Store } from '../../../shared/store/store.ts';
import { readinessResponse, type Readiness } from '../../../shared/protocol/readiness.ts';
import { ALL_STAGES } from '../dispatch/routing-slip.ts';

export interface HealthPorts {
  readonly bus: Pick<Bus, 'connected' | 'hasWorkers'>;
  readonly store: Pick<Store, 'ready'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Pick<HttpLimits, 'storeProbeMs'>;
  readonly isShuttingDown: () => boolean;
  /** Whether requests are served while the store does not respond, or only cannot be written. */
  readonly servesWithoutStore: (fault: StoreFault) => boolean;
  readonly events: Pick<Events, 'storeHealth'>;
}

export type StoreFault = 'silent' | 'unwritable';

interface StoreState {
  readonly fault?: StoreFault;
  readonly reason?: string;
  readonly error?: unknown;
}

export function healthRoute(app: FastifyInstance, ports: HealthPorts): void {
  const config = { isPublic: true };
  app.head('/', { config }, async (_request, reply) => reply.code(200).send());
  app.get('/healthz', { config }, async () => ({ status: 'ok' }));
  const probeStore = createStoreProbe(ports);
  app.get('/readyz', { config }, async (_request, reply) => {
    const { status, body } = readinessResponse(await readinessOf(ports, probeStore));
    return reply.code(status).send(body);
  });
}

async function readinessOf(
  ports: HealthPorts,
  probeStore: () => Promise<StoreState>,
): Promise<Readiness> {
  const { bus, isShuttingDown, servesWithoutStore } = ports;
  if (isShuttingDown()) return { reasons: ['this process is shutting down'], degraded: [] };
  if (!bus.connected()) return { reasons: ['the bus is not connected'], degraded: [] };
  const [{ fault, reason }, ...hasWorkers] = await Promise.all([
    probeStore(),
    ...ALL_STAGES.map((stage) => bus.hasWorkers(stage)),
  ]);
  const missing = ALL_STAGES.filter((_stage, at) => hasWorkers[at] === false);
  const storeDown = reason === undefined ? [] : [reason];
  const isDegraded = fault !== undefined && servesWithoutStore(fault);
  return {
    reasons: [
      ...(isDegraded ? [] : storeDown),
      ...missing.map((stage) => `no ${stage} worker is running`),
    ],
    degraded: isDegraded ? storeDown : [],
  };
}

/** One probe at a time, however many requests ask; each change is logged. */
function createStoreProbe(ports: HealthPorts): () => Promise<StoreState> {
  const { store, clock, limits, events } = ports;
  let lastReason: string | undefined;
  let probing: Promise<StoreState> | undefined;

  const probe = async (): Promise<StoreState> => {
    try {
      return (await store.ready()) ? {} : SILENT;
    } catch (error) {
      const code = error instanceof DependencyError ? error.code : undefined;
      const suffix = code === undefined ? '' : ` (${code})`;
      return { fault: 'unwritable', reason: `the store cannot be written${suffix}`, error };
    }
  };

  return async () => {
    probing ??= probe().finally(() => (probing = undefined));
    let state = SILENT;
    await endsWithin(
      clock,
      limits.storeProbeMs,
      probing.then((found) => (state = found)),
    );
    const { reason, error } = state;
    if (reason !== lastReason) {
      lastReason = reason;
      events.storeHealth({ state: reason ?? 'the store responds', error });
    }
    return state;
  };
}

const SILENT: StoreState = { fault: 'silent', reason: 'the store does not respond' };
