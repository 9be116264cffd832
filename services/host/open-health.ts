// The health server of a process without an ingress: container probes ask it whether the process is
// alive (/healthz) and whether the bus can reach its workers (/readyz).

import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bus } from '../../shared/bus/bus.ts';
import { errorEnvelope, LlmpError } from '../../shared/errors.ts';
import { requestId } from '../../shared/runtime/ids.ts';
import { readinessResponse } from '../../shared/protocol/readiness.ts';
import { listenError } from '../../shared/runtime/dependency-error.ts';
import type { Config } from '../config/config.ts';
import type { Listener } from './listener.ts';

const ALLOW = { allow: 'GET, HEAD, OPTIONS' };

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
    const send = (status: number, body: string, headers: OutgoingHttpHeaders = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    const fail = (code: 'not_found' | 'method_not_allowed', headers?: OutgoingHttpHeaders) => {
      const error = new LlmpError(code);
      send(error.status, errorEnvelope(error, requestId()), headers);
    };
    if (path !== '/healthz' && path !== '/readyz') return fail('not_found');
    if (request.method === 'OPTIONS') return void response.writeHead(204, ALLOW).end();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return fail('method_not_allowed', ALLOW);
    }
    if (path === '/healthz') return send(200, JSON.stringify({ status: 'ok' }));
    const { status, body } = readinessResponse({ reasons: notReadyReasons(), degraded: [] });
    return send(status, JSON.stringify(body));
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
