// POST /v1/messages/count_tokens: the same conversation through the same workers, so that what is
// counted is what would be sent.

import type { FastifyInstance } from 'fastify';
import { HeldBody } from '../../../shared/protocol/body.ts';
import { keepParsedDuring } from '../../../shared/anthropic/parsed-request.ts';
import type { Admission } from '../admission/admission.ts';
import { conversationOf } from '../dispatch/routing-slip.ts';
import { readCountRequest, type Reading } from '../request/message-request.ts';
import { checkModels } from '../request/named-models.ts';
import type { Relay } from '../relay.ts';

export function countTokensRoute(
  app: FastifyInstance,
  relay: Relay,
  admission: Admission,
  reading: Reading,
): void {
  app.post<{ Body: Buffer }>('/v1/messages/count_tokens', async (request, reply) => {
    const fields = readCountRequest(request.body, reading);
    // Of a refused request, too, it is to be known what it asked for.
    Object.assign(request.story, { model: fields.model, stream: fields.stream });
    checkModels(request.caller.models, request.body);
    const { id, body, caller } = request;
    const admitted = admission.admit(caller, { ...fields, id, kind: 'count', body });
    const grant = await keepParsedDuring(body, admitted);
    await relay(request, reply, conversationOf(caller), new HeldBody(body), fields, grant);
  });
}
