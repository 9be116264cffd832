// GET /v1/models and /v1/models/{id}: the configured models, or those of the upstream.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { EMPTY_BODY } from '../../../shared/protocol/body.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { HttpLimits } from '../../../shared/limits.ts';
import type { Caller } from '../auth/auth.ts';
import { WITHOUT_BODY } from '../dispatch/routing-slip.ts';
import { gatewayOptions } from '../request/gateway-options.ts';
import type { Relay } from '../relay.ts';

const pageQuery = (limitMax: number) =>
  z.looseObject({
    limit: z.coerce.number().int().min(1).max(limitMax).default(20),
    after_id: z.string().optional(),
    before_id: z.string().optional(),
  });

/** @param modelIds the configured models; if empty, requests go to the upstream */
export function modelsRoute(
  app: FastifyInstance,
  relay: Relay,
  modelIds: readonly string[],
  { modelPageMax }: Pick<HttpLimits, 'modelPageMax'>,
): void {
  const query = pageQuery(modelPageMax);
  if (modelIds.length === 0) {
    const lookup = (request: FastifyRequest, reply: FastifyReply) => {
      const options = gatewayOptions(request.caller, request.raw.rawHeaders);
      const lookedUp = {
        routingSlip: WITHOUT_BODY,
        body: EMPTY_BODY,
        model: '',
        stream: false,
        options,
      };
      return relay(request, reply, lookedUp);
    };
    app.get('/v1/models', async (request, reply) => lookup(request, reply));
    app.get('/v1/models/:id', async (request, reply) => lookup(request, reply));
    return;
  }

  // Clients offer what is listed, so show only the models of the key.
  const idsFor = ({ models }: Caller) => modelIds.filter((id) => models?.includes(id) ?? true);
  app.get('/v1/models', async (request) =>
    modelPage(idsFor(request.caller), query.safeParse(request.query)),
  );
  app.get<{ Params: { id: string } }>('/v1/models/:id', async ({ params, caller }) => {
    if (!idsFor(caller).includes(params.id))
      throw new LlmpError('not_found', 'There is no such model.');
    return modelInfo(params.id);
  });
}

/** One page; as in Anthropic's API, `after_id` and `before_id` are exclusive. */
function modelPage(
  modelIds: readonly string[],
  read: z.ZodSafeParseResult<z.output<ReturnType<typeof pageQuery>>>,
) {
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new LlmpError('invalid_request', issues.join('; '));
  }
  const { limit, after_id: afterId, before_id: beforeId } = read.data;
  const first = afterId === undefined ? 0 : modelIds.indexOf(afterId) + 1;
  const end = beforeId === undefined ? modelIds.length : modelIds.indexOf(beforeId);
  const range = modelIds.slice(first, Math.max(first, end));
  const page = beforeId === undefined ? range.slice(0, limit) : range.slice(-limit);
  return {
    data: page.map(modelInfo),
    has_more: page.length < range.length,
    first_id: page[0] ?? null,
    last_id: page.at(-1) ?? null,
  };
}

/** The configuration has only ids; the other fields are placeholders. */
function modelInfo(id: string) {
  return { type: 'model', id, display_name: id, created_at: '1970-01-01T00:00:00Z' };
}
