// POST /v1/messages.

import type { FastifyInstance } from 'fastify';
import { HeldBody } from '../../../shared/protocol/body.ts';
import { readMeanwhile } from '../../../shared/anthropic/parsed-request.ts';
import type { Admission } from '../admission/admission.ts';
import { conversationOf } from '../dispatch/routing-slip.ts';
import { readMessageRequest, type ParseMode } from '../request/message-request.ts';
import { checkModels } from '../request/named-models.ts';
import type { Relay } from '../relay.ts';

export function messagesRoute(
  app: FastifyInstance,
  relay: Relay,
  admission: Admission,
  mode: ParseMode,
): void {
  app.post<{ Body: Buffer }>('/v1/messages', async (request, reply) => {
    const fields = readMessageRequest(request.body, mode);
    // Set early so rejected requests are logged with their model.
    Object.assign(request.story, { model: fields.model, stream: fields.stream });
    checkModels(request.caller.models, request.body);
    const { id, body, caller } = request;
    const admitted = admission.admit(caller, { ...fields, id, kind: 'message', body });
    const grant = await readMeanwhile(body, admitted);
    await relay(request, reply, conversationOf(caller), new HeldBody(body), fields, grant);
  });
}
