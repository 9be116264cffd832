// The health door of a process that hosts workers but no ingress: container probes ask it over HTTP
// whether the process lives (/healthz) and whether its workers can be reached (/readyz).

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listenError } from '../../shared/runtime/dependency-error.ts';

export interface Health extends AsyncDisposable {
  readonly url: string;
}

export interface HealthOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Why the workers of this process cannot be used now; empty when they can. */
  readonly reasons: () => readonly string[];
}

export async function startHealth({ host, port, reasons }: HealthOptions): Promise<Health> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const why = path === '/readyz' ? reasons() : [];
    const known = path === '/healthz' || path === '/readyz';
    response.writeHead(known ? (why.length === 0 ? 200 : 503) : 404, {
      'content-type': 'application/json',
    });
    response.end(JSON.stringify(why.length === 0 ? { status: 'ok' } : { reasons: why }));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise.catch((error: unknown) => {
    throw listenError(error, { host, port }, { host: 'LLMP_HOST', port: 'LLMP_HEALTH_PORT' });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host}:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
