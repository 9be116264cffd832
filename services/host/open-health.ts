// The health server of a process without an ingress: container probes ask it whether the process is
// alive (/healthz) and whether the bus can reach its workers (/readyz).

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from '../../shared/bus/bus.ts';
import { listenError } from '../../shared/runtime/dependency-error.ts';
import type { Config } from '../config/config.ts';
import type { Listener } from './listener.ts';

/** Rejects when the port is taken. `stack` closes the server. */
export async function openHealth(
  { health: { host, port } }: Pick<Config, 'health'>,
  bus: Pick<Bus, 'connected'>,
  stack: AsyncDisposableStack,
): Promise<Listener> {
  let isStopping = false;
  const notReadyReasons = () => {
    if (isStopping) return ['this process is shutting down'];
    return bus.connected() ? [] : ['the bus is not connected'];
  };
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const isKnown = path === '/healthz' || path === '/readyz';
    const reasons = path === '/readyz' ? notReadyReasons() : [];
    response.writeHead(isKnown ? (reasons.length === 0 ? 200 : 503) : 404, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(reasons.length === 0 ? { status: 'ok' } : { reasons }));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise.catch((error: unknown) => {
    throw listenError(error, { host, port }, { host: 'LLMP_HOST', port: 'LLMP_HEALTH_PORT' });
  });
  stack.defer(async () => {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    server.closeAllConnections();
    await closed.promise;
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    reportNotReady() {
      isStopping = true;
    },
    drain: () => Promise.resolve(),
  };
}
