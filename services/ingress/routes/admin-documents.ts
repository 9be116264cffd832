// Admin API for documents: `/admin/collections/{collection}/documents`. The request body is the file
// itself, or a form with it; indexing is a background job, so uploads return 202.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import type { DocumentLimits } from '../../../shared/limits.ts';
import type { DocumentService } from '../../admin/documents.ts';
import type { ReceiveBody } from '../request/receive-body.ts';
import { fileOf, isMultipart } from '../request/multipart.ts';
import { ADMIN_ROUTE, NO_STORE } from './admin-route.ts';

interface CollectionRoute {
  Params: { collection: string };
  Querystring: Record<string, unknown>;
  Body: unknown;
}

interface DocumentRoute {
  Params: { collection: string; id: string };
}

const ALL = '/admin/collections/:collection/documents';
const ONE = `${ALL}/:id`;

export function adminDocumentsRoute(
  app: FastifyInstance,
  service: DocumentService,
  { documentChanged }: Pick<Events, 'documentChanged'>,
  { bytesMax }: Pick<DocumentLimits, 'bytesMax'>,
  receiveBody: ReceiveBody,
): void {
  const upload = { ...ADMIN_ROUTE, bodyLimit: bytesMax };
  app.get('/admin/documents/failed', ADMIN_ROUTE, async (_request, reply) => {
    return reply.headers(NO_STORE).send({ data: await service.failed() });
  });
  app.get<CollectionRoute>(ALL, ADMIN_ROUTE, async (request, reply) => {
    const { collection } = request.params;
    return reply.headers(NO_STORE).send(await service.list(collection, request.query));
  });
  app.post<CollectionRoute>(
    '/admin/collections/:collection/index',
    ADMIN_ROUTE,
    async (request, reply) => {
      const started = await service.reindexAll(request.params.collection);
      return reply.code(202).headers(NO_STORE).send(started);
    },
  );
  app.get<DocumentRoute>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    return reply.headers(NO_STORE).send(await service.show(collection, id));
  });
  app.delete<DocumentRoute>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    const removed = await service.remove(collection, id);
    documentChanged({ collection, document: id, change: 'removed' });
    return reply.code(202).headers(NO_STORE).send(removed);
  });
  app.post<DocumentRoute>(`${ONE}/index`, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    const reindexed = await service.reindex(collection, id);
    documentChanged({ collection, document: id, change: 'indexed anew' });
    return reply.code(202).headers(NO_STORE).send(reindexed);
  });
  // A separate plugin, because only uploads accept every content type.
  app.register(async (files) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser('*', receiveBody);
    files.post<CollectionRoute>(ALL, upload, async (request, reply) => {
      const { collection } = request.params;
      const { name, bytes } = await fileIn(request);
      const { view, isNew } = await service.put(collection, name, bytes);
      if (isNew) documentChanged({ collection, document: view.id, change: 'sent' });
      return reply
        .code(isNew ? 202 : 200)
        .headers(NO_STORE)
        .send(view);
    });
  });
}

/** The name in the query comes before one in the form. */
async function fileIn({
  body,
  headers: { 'content-type': contentType = '' },
  query,
}: FastifyRequest<CollectionRoute>): Promise<{ name: unknown; bytes: Uint8Array }> {
  const bytes = body instanceof Uint8Array ? body : new Uint8Array();
  if (!isMultipart(contentType)) return { name: query['name'], bytes };
  const file = await fileOf(contentType, bytes);
  return { name: query['name'] ?? file.name, bytes: file.bytes };
}
