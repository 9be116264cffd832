// Admin API that shows what the scrubber does to a text: `/admin/scrub`.

import type { FastifyInstance } from 'fastify';
import { LlmpError } from '../../../shared/errors.ts';
import type { ScrubService } from '../../admin/scrub.ts';
import { ADMIN_ROUTE, fieldsOf, NO_STORE } from './admin-route.ts';

/** Parsed in a few milliseconds. */
const BODY_BYTES_MAX = 1024 * 1024;

export function adminScrubRoute(app: FastifyInstance, service: ScrubService): void {
  const route = { ...ADMIN_ROUTE, bodyLimit: BODY_BYTES_MAX };
  app.post<{ Body: unknown }>('/admin/scrub', route, async (request, reply) => {
    const left = new AbortController();
    reply.raw.once('close', () => left.abort(new LlmpError('client_disconnected')));
    const preview = await service.preview(fieldsOf(request.body), left.signal);
    return reply.headers(NO_STORE).send(preview);
  });
}
