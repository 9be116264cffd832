// The description of the HTTP API in OpenAPI 3.1: `/admin/openapi.json`.

import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { ADMIN_ROUTE, NO_STORE } from './admin-route.ts';

/** Written by `npm run docs`, as docs/openapi.json is. */
const DESCRIPTION = new URL('../../admin/openapi.json', import.meta.url);

export function adminOpenApiRoute(app: FastifyInstance): void {
  app.get('/admin/openapi.json', ADMIN_ROUTE, async (_request, reply) => {
    const headers = { ...NO_STORE, 'content-type': 'application/json; charset=utf-8' };
    return reply.headers(headers).send(await readFile(DESCRIPTION));
  });
}
