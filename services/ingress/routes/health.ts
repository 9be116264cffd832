// For probes: is this process alive (/healthz), can it serve a request now and if not why not
// (/readyz), is anybody there (HEAD /). None needs a key; none tells more than room names.

import type { FastifyInstance } from 'fastify';
import type { Bus } from '../../../shared/bus/bus.ts';
import type { Store } from '../../../shared/store/store.ts';
import { EVERY_ROOM } from '../itinerary.ts';

export interface HealthPorts {
  readonly bus: Bus;
  readonly store: Pick<Store, 'ready'>;
  readonly draining: () => boolean;
}

export function healthRoute(app: FastifyInstance, ports: HealthPorts): void {
  const config = { isPublic: true };
  app.head('/', { config }, async (_request, reply) => reply.code(200).send());
  app.get('/healthz', { config }, async () => ({ status: 'ok' }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const reasons = await reasonsNotReady(ports);
    if (reasons.length === 0) return { status: 'ready' };
    return reply.code(503).send({ status: 'not ready', reasons });
  });
}

async function reasonsNotReady({ bus, store, draining }: HealthPorts): Promise<string[]> {
  if (draining()) return ['this process is shutting down'];
  if (!bus.connected()) return ['the bus is not connected'];
  const [storeReady, ...attended] = await Promise.all([
    store.ready(),
    ...EVERY_ROOM.map((room) => bus.attended(room)),
  ]);
  const absent = EVERY_ROOM.filter((_room, at) => attended[at] === false);
  return [
    ...(storeReady ? [] : ['the store does not answer']),
    ...absent.map((room) => `no ${room} worker is running`),
  ];
}
