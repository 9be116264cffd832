// Admin API for keys: `/admin/keys`. Lists have the format of Anthropic's: `data`, `has_more`, `last_id`.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { KeyService } from '../../admin/keys.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface KeyRoute {
  Params: { id: string };
  Body: unknown;
}

export function adminKeysRoute(
  app: FastifyInstance,
  service: KeyService,
  { keyChanged }: Pick<Events, 'keyChanged'>,
): void {
  app.get('/admin/keys', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.list(request.query));
  });
  app.post('/admin/keys', ADMIN_ROUTE, async (request, reply) => {
    const created = await service.create(fieldsOf(request.body));
    keyChanged({ keyId: created.id, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(created);
  });
  app.get<KeyRoute>('/admin/keys/:id', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.show(request.params.id));
  });
  app.post<KeyRoute>('/admin/keys/:id', ADMIN_ROUTE, async (request, reply) => {
    const changed = await service.change(request.params.id, fieldsOf(request.body));
    keyChanged({ keyId: changed.id, change: 'changed' });
    return reply.headers(NO_STORE).send(changed);
  });
  app.post<KeyRoute>('/admin/keys/:id/revoke', ADMIN_ROUTE, async (request, reply) => {
    const revoked = await service.revoke(request.params.id);
    keyChanged({ keyId: revoked.id, change: 'revoked' });
    return reply.headers(NO_STORE).send(revoked);
  });
  app.post<KeyRoute>('/admin/keys/:id/rotate', ADMIN_ROUTE, async (request, reply) => {
    const created = await service.rotate(request.params.id, fieldsOf(request.body));
    keyChanged({ keyId: created.replaces ?? request.params.id, change: 'rotated' });
    keyChanged({ keyId: created.id, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(created);
  });
}
