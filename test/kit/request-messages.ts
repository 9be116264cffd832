// Small request messages and frames for tests.

import { RequestBody } from '../../shared/protocol/body.ts';
import {
  STAGES,
  type Frame,
  type RequestMessage,
  type Envelope,
} from '../../shared/protocol/messages.ts';

export function requestMessage(meta: Partial<Envelope> = {}, body?: Uint8Array): RequestMessage {
  return {
    meta: {
      id: 'req_1',
      attempt: 1,
      deadlineMs: 3_600_000,
      position: 0,
      routingSlip: [...STAGES],
      replyTo: 'nowhere',
      tenant: 'tester',
      method: 'POST',
      path: '/v1/messages',
      headers: [],
      model: 'claude-test',
      stream: false,
      ...meta,
    },
    body: requestBodyOf(body ?? Buffer.from('{"model":"claude-test","n":12345678901234567890}')),
  };
}

/** A body in this process. */
export function requestBodyOf(content: string | Uint8Array): RequestBody {
  return new RequestBody(Buffer.from(content));
}

export function frame(meta: { seq: number; from?: string }, bytes?: Uint8Array): Frame {
  const base = { id: 'req_1', attempt: 1, position: 0, from: 'nowhere', ...meta };
  if (!bytes) return { meta: { kind: 'accepted', ...base } };
  return { meta: { kind: 'chunk', more: false, ...base }, bytes };
}
