// The admin API of keys under /admin/keys: words in and out of the register, nothing else. Shapes
// follow Anthropic's lists: `data`, `has_more`, `last_id`.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { KeyService } from '../../admin/keys.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface OneKey {
  Params: { id: string };
  Body: unknown;
}

export function adminKeysRoute(
  app: FastifyInstance,
  register: KeyService,
  { keyChanged }: Pick<Events, 'keyChanged'>,
): void {
  app.get('/admin/keys', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await register.list(request.query));
  });
  app.post('/admin/keys', ADMIN_ROUTE, async (request, reply) => {
    const made = await register.create(fieldsOf(request.body));
    keyChanged({ keyId: made.id, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(made);
  });
  app.post<OneKey>('/admin/keys/:id', ADMIN_ROUTE, async (request, reply) => {
    const changed = await register.change(request.params.id, fieldsOf(request.body));
    keyChanged({ keyId: changed.id, change: 'changed' });
    return reply.headers(NO_STORE).send(changed);
  });
  app.post<OneKey>('/admin/keys/:id/revoke', ADMIN_ROUTE, async (request, reply) => {
    const revoked = await register.revoke(request.params.id);
    keyChanged({ keyId: revoked.id, change: 'revoked' });
    return reply.headers(NO_STORE).send(revoked);
  });
  app.post<OneKey>('/admin/keys/:id/rotate', ADMIN_ROUTE, async (request, reply) => {
    const made = await register.rotate(request.params.id, fieldsOf(request.body));
    keyChanged({ keyId: request.params.id, change: 'rotated' });
    keyChanged({ keyId: made.id, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(made);
  });
}
