// The admin API of collections under /admin/collections: words in and out of the register.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { CollectionService } from '../../admin/collections.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface OneCollection {
  Params: { collection: string };
  Body: unknown;
}

const ONE = '/admin/collections/:collection';

export function adminCollectionsRoute(
  app: FastifyInstance,
  register: CollectionService,
  { collectionChanged }: Pick<Events, 'collectionChanged'>,
): void {
  app.get('/admin/collections', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await register.list(request.query));
  });
  app.post('/admin/collections', ADMIN_ROUTE, async (request, reply) => {
    const made = await register.create(fieldsOf(request.body));
    collectionChanged({ collection: made.name, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(made);
  });
  app.get<OneCollection>(ONE, ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await register.show(request.params.collection));
  });
  app.post<OneCollection>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const changed = await register.change(request.params.collection, fieldsOf(request.body));
    collectionChanged({ collection: changed.name, change: 'changed' });
    return reply.headers(NO_STORE).send(changed);
  });
  app.delete<OneCollection>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection } = request.params;
    await register.drop(collection);
    collectionChanged({ collection, change: 'dropped' });
    return reply.code(202).headers(NO_STORE).send({ name: collection, state: 'removing' });
  });
}
