import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestBody } from '../../../shared/protocol/body.ts';
import type { Admission } from '../admission/admission.ts';
import type { RequestKind } from '../admission/limit-scopes.ts';
import { routingSlipOf } from '../dispatch/routing-slip.ts';
import { gatewayOptions } from '../request/gateway-options.ts';
import type { ParseMode, RequestFields } from '../request/message-request.ts';
import { checkModels, priceRequestOf } from '../request/named-models.ts';
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
  read: (body: RequestBody, mode: ParseMode) => RequestFields,
): Handler {
  return async (request, reply) => {
    const { id, caller, state, raw } = request;
    const body = new RequestBody(request.body);
    const fields = read(body, mode);
    const { model, stream } = fields;
    // Set early so rejected requests are logged with their model.
    Object.assign(state, { model, stream });
    checkModels(caller.models, body, mode.limits);
    const options = gatewayOptions(caller, raw.rawHeaders);
    const asked = {
      ...fields,
      id,
      kind,
      body: body.bytes,
      priceRequest: () => priceRequestOf(body, mode.limits),
    };
    const grant = await admission.admit(state, caller, asked);
    const routingSlip = routingSlipOf(caller);
    await relay(request, reply, {
      routingSlip,
      body,
      model,
      stream,
      options,
      grant,
    });
  };
}
