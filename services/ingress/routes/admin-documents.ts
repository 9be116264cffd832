// The admin API of documents under /admin/collections/{collection}/documents. A file comes as it is, as
// the body of a request; what becomes of it is a job, so the answer to it is 202.

import type { FastifyInstance } from 'fastify';
import type { Events } from '../../../shared/events.ts';
import { limits } from '../../../shared/limits.ts';
import type { DocumentService } from '../../admin/documents.ts';
import { ADMIN_ROUTE, NO_STORE } from './admin-route.ts';

interface OfCollection {
  Params: { collection: string };
  Querystring: Record<string, unknown>;
  Body: unknown;
}

interface OneDocument {
  Params: { collection: string; id: string };
}

const ALL = '/admin/collections/:collection/documents';
const ONE = `${ALL}/:id`;
const UPLOAD = { ...ADMIN_ROUTE, bodyLimit: limits.documents.bytesMax };

export function adminDocumentsRoute(
  app: FastifyInstance,
  register: DocumentService,
  { documentChanged }: Pick<Events, 'documentChanged'>,
): void {
  app.get('/admin/documents/failed', ADMIN_ROUTE, async (_request, reply) => {
    return reply.headers(NO_STORE).send({ data: await register.failed() });
  });
  app.get<OfCollection>(ALL, ADMIN_ROUTE, async (request, reply) => {
    const { collection } = request.params;
    return reply.headers(NO_STORE).send(await register.list(collection, request.query));
  });
  app.post<OfCollection>(
    '/admin/collections/:collection/index',
    ADMIN_ROUTE,
    async (request, reply) => {
      const begun = await register.reindexAll(request.params.collection);
      return reply.code(202).headers(NO_STORE).send(begun);
    },
  );
  app.get<OneDocument>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    return reply.headers(NO_STORE).send(await register.show(collection, id));
  });
  app.delete<OneDocument>(ONE, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    const removed = await register.remove(collection, id);
    documentChanged({ collection, document: id, change: 'removed' });
    return reply.code(202).headers(NO_STORE).send(removed);
  });
  app.post<OneDocument>(`${ONE}/index`, ADMIN_ROUTE, async (request, reply) => {
    const { collection, id } = request.params;
    const again = await register.reindex(collection, id);
    documentChanged({ collection, document: id, change: 'indexed anew' });
    return reply.code(202).headers(NO_STORE).send(again);
  });
  // Of its own, as only here a body may be of any type.
  app.register(async (files) => {
    files.removeAllContentTypeParsers();
    files.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    files.post<OfCollection>(ALL, UPLOAD, async (request, reply) => {
      const { collection } = request.params;
      const bytes = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const { view, isNew } = await register.put(collection, request.query['name'], bytes);
      if (isNew) documentChanged({ collection, document: view.id, change: 'sent' });
      return reply
        .code(isNew ? 202 : 200)
        .headers(NO_STORE)
        .send(view);
    });
  });
}
