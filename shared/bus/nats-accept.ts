// How a worker on NATS accepts a request message.

import type { Msg } from '@nats-io/transport-node';
import { LlmpError } from '../errors.ts';
import { RequestBody } from '../protocol/body.ts';
import { decodeEnvelope } from '../protocol/codec.ts';
import type { RequestMessage } from '../protocol/messages.ts';
import { RELEASE } from '../protocol/release.ts';
import type { Accept } from './bus.ts';
import { ClaimedBody } from './claim-check.ts';
import type { Outbox } from './nats-outbox.ts';

export const ENVELOPE_HEADER = 'llmp-envelope';
/** Any reply other than those of `Delivery` counts as `timeout`. */
const REFUSED = 'refused';

/** Replies, and lets the work begin when the reply has left this process. */
export function replyTo(
  message: Msg,
  outbox: Outbox,
  accept: Accept,
  onError: (error: unknown) => void,
): void {
  const { promise: replied, resolve } = Promise.withResolvers<void>();
  const payload = acceptReply(message, accept, replied, onError);
  if (message.reply) outbox.publish({ subject: message.reply, payload });
  // The outbox is emptied before, at the end of this turn.
  setImmediate(resolve);
}

function acceptReply(
  message: Msg,
  accept: Accept,
  replied: Promise<void>,
  onError: (error: unknown) => void,
): string {
  try {
    return accept(requestOf(message), replied);
  } catch (error) {
    onError(error);
    const isUnreadable = error instanceof LlmpError && error.code === 'version_mismatch';
    return isUnreadable ? `unreadable by ${RELEASE}` : REFUSED;
  }
}

function requestOf(message: Pick<Msg, 'headers' | 'data'>): RequestMessage {
  const { meta, claimCheck } = decodeEnvelope(message.headers?.get(ENVELOPE_HEADER) ?? '');
  return { meta, body: claimCheck ? new ClaimedBody(claimCheck) : new RequestBody(message.data) };
}
