// The admin API of keys under /admin/keys: words in and out of the register, nothing else. Shapes
// follow Anthropic's lists: `data`, `has_more`, `last_id`.

import type { FastifyInstance } from 'fastify';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import { limits } from '../../../shared/limits.ts';
import type { KeyRegister } from '../../keys/key-register.ts';

interface OneKey {
  Params: { id: string };
  Body: unknown;
}

const ROUTE = { config: { isAdmin: true }, bodyLimit: limits.adminBodyBytesMax };

export function adminKeysRoute(
  app: FastifyInstance,
  register: KeyRegister,
  { keyChanged }: Pick<Events, 'keyChanged'>,
): void {
  // Answers hold secrets, or what only an administrator may see.
  const noStore = { 'cache-control': 'no-store' };

  app.get('/admin/keys', ROUTE, async (request, reply) => {
    return reply.headers(noStore).send(await register.list(request.query));
  });
  app.post('/admin/keys', ROUTE, async (request, reply) => {
    const made = await register.create(fieldsOf(request.body));
    keyChanged({ keyId: made.id, change: 'created' });
    return reply.code(201).headers(noStore).send(made);
  });
  app.post<OneKey>('/admin/keys/:id/revoke', ROUTE, async (request, reply) => {
    const revoked = await register.revoke(request.params.id);
    keyChanged({ keyId: revoked.id, change: 'revoked' });
    return reply.headers(noStore).send(revoked);
  });
  app.post<OneKey>('/admin/keys/:id/rotate', ROUTE, async (request, reply) => {
    const made = await register.rotate(request.params.id, fieldsOf(request.body));
    keyChanged({ keyId: request.params.id, change: 'rotated' });
    keyChanged({ keyId: made.id, change: 'created' });
    return reply.code(201).headers(noStore).send(made);
  });
}

/** A request without a body says nothing, which is enough where every field is optional. */
function fieldsOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new LlmpError('bad_json');
  }
}
