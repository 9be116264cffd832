import type { FastifyReply, FastifyRequest } from 'fastify';
import { HeldBody } from '../../../shared/protocol/body.ts';
import { readMeanwhile } from '../../../shared/anthropic/parsed-request.ts';
import type { Admission } from '../admission/admission.ts';
import type { RequestKind } from '../admission/limit-scopes.ts';
import { conversationOf } from '../dispatch/routing-slip.ts';
import { gatewayOptions } from '../request/gateway-options.ts';
import type { Reading, RequestFields } from '../request/message-request.ts';
import { checkModels } from '../request/named-models.ts';
import type { Relay } from '../relay.ts';

export interface ConversationPorts {
  readonly relay: Relay;
  readonly admission: Admission;
  readonly reading: Reading;
}

type Handler = (request: FastifyRequest<{ Body: Buffer }>, reply: FastifyReply) => Promise<void>;

/** Handles a request whose body is a conversation: validates all of it, admits it, relays it. */
export function conversationHandler(
  { relay, admission, reading }: ConversationPorts,
  kind: RequestKind,
  read: (body: Uint8Array, reading: Reading) => RequestFields,
): Handler {
  return async (request, reply) => {
    const { id, body, caller, state, raw } = request;
    const fields = read(body, reading);
    const { model, stream } = fields;
    // Set early so rejected requests are logged with their model.
    Object.assign(state, { model, stream });
    checkModels(caller.models, body);
    const options = gatewayOptions(caller, raw.rawHeaders);
    const admitted = admission.admit(state, caller, { ...fields, id, kind, body });
    const grant = await readMeanwhile(body, admitted);
    const routingSlip = conversationOf(caller);
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
