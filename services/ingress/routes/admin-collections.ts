// Admin API for collections: `/admin/collections`.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { CollectionService } from '../../admin/collections.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

interface CollectionRoute {
  Params: { collection: string };
  Body: unknown;
}

const ONE = '/admin/collections/:collection';

export function adminCollectionsRoute(
  app: FastifyInstance,
  service: CollectionService,
  { collectionChanged }: Pick<Events, 'collectionChanged'>,
): void {
  app.get('/admin/collections', ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.list(request.query));
  });
  app.post('/admin/collections', ADMIN_ROUTE, async (request, reply) => {
    const created = await service.create(fieldsOf(request.body));
    collectionChanged({ collection: created.name, change: 'created' });
    return reply.code(201).headers(NO_STORE).send(created);
  });
  app.get<CollectionRoute>(ONE, ADMIN_ROUTE, async (request, reply) => {
    return reply.headers(NO_STORE).send(await service.show(request.params.collection));
  });
  app.post<CollectionRoute>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const changed = await service.change(request.params.collection, fieldsOf(request.body));
    collectionChanged({ collection: changed.name, change: 'changed' });
    return reply.headers(NO_STORE).send(changed);
  });
  app.delete<CollectionRoute>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection } = request.params;
    await service.drop(collection, request.query);
    collectionChanged({ collection, change: 'dropped' });
    return reply.code(202).headers(NO_STORE).send({ name: collection, state: 'removing' });
  });
}
