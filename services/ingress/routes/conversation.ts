import type { FastifyReply, FastifyRequest } from 'fastify';
import { LlmpError } from '../../../shared/errors.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Admission } from '../admission/admission.ts';
import type { RequestKind } from '../admission/limit-scopes.ts';
import { routingSlipOf } from '../dispatch/routing-slip.ts';
import { gatewayOptions } from '../request/gateway-options.ts';
import type { ParseMode, ReadRequest } from '../request/message-request.ts';
import { checkModels, priceRequestOf, readAhead } from '../request/check-models.ts';
import type { Relay } from '../relay.ts';

export interface ConversationPorts {
  readonly relay: Relay;
  readonly admission: Admission;
  readonly mode: ParseMode;
  readonly clock: Clock;
  readonly timeSliceMs: number;
}

/** Shared, as creating an error costs a stack trace. */
const DISCONNECTED = new LlmpError('client_disconnected');

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Validates, admits and relays a request whose body is a conversation. */
export function conversationHandler(
  { relay, admission, mode, clock, timeSliceMs }: ConversationPorts,
  kind: RequestKind,
  read: ReadRequest,
): Handler {
  return async (request, reply) => {
    const { id, caller, state, raw } = request;
    const left = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) left.abort(DISCONNECTED);
    });
    // Without a content type, a request without a body passes no parser.
    if (!(request.body instanceof Uint8Array)) throw new LlmpError('invalid_json');
    const body = new RequestBody(request.body);
    const timeSlice = new TimeSlice(clock, timeSliceMs, left.signal);
    const fields = await timeSlice.run(read(body, mode));
    const { model, stream } = fields;
    // Set early so rejected requests are logged with their model.
    Object.assign(state, { model, stream });
    await timeSlice.run(readAhead(caller, body, mode.limits));
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
