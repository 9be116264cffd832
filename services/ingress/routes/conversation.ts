import type { FastifyReply, FastifyRequest } from 'fastify';
import { HeldBody } from '../../../shared/protocol/body.ts';
import { keepParsedDuring } from '../../../shared/anthropic/parsed-request.ts';
import type { Admission } from '../admission/admission.ts';
import type { RequestKind } from '../admission/limit-scopes.ts';
import { routingSlipOf } from '../dispatch/routing-slip.ts';
import { gatewayOptions } from '../request/gateway-options.ts';
import type { ParseMode, RequestFields } from '../request/message-request.ts';
import { checkModels } from '../request/named-models.ts';
import type { Relay } from '../relay.ts';

export interface ConversationPorts {
  readonly relay: Relay;
  readonly admission: Admission;
  readonly mode: ParseMode;
}

type Handler = (request: FastifyRequest<{ Body: Buffer }>, reply: FastifyReply) => Promise<void>;

/** Validates, admits and relays a request whose body is a conversation. */
export function conversationHandler(
  { relay, admission, mode }: ConversationPorts,
  kind: RequestKind,
  read: (body: Uint8Array, mode: ParseMode) => RequestFields,
): Handler {
  return async (request, reply) => {
    const { id, body, caller, state, raw } = request;
    const fields = read(body, mode);
    const { model, stream } = fields;
    // Set early so rejected requests are logged with their model.
    Object.assign(state, { model, stream });
    checkModels(caller.models, body);
    const options = gatewayOptions(caller, raw.rawHeaders);
    const admitted = admission.admit(state, caller, { ...fields, id, kind, body });
    const grant = await keepParsedDuring(body, admitted);
    const routingSlip = routingSlipOf(caller);
    await relay(request, reply, {
      routingSlip,
      body: new HeldBody(body),
      model,
      stream,
      options,
      grant,
    });
  };
}
