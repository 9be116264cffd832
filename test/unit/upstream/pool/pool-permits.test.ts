// How a pool uses the permits of a request: every call needs one, and only failures that cost nothing are
// retried without end.

import { describe, expect, it } from 'vitest';
import { createPool } from '../../../../services/upstream/pool/pool.ts';
import type { Transport } from '../../../../services/upstream/transport.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { limits } from '../../../../shared/limits.ts';
import { TaskPermits } from '../../../../shared/pipeline/call-permits.ts';
import { PermittedCalls } from '../../../../services/ingress/dispatch/permitted-calls.ts';
import { endpointOf } from '../../../kit/endpoints.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';

const ENDPOINTS = 8;

type Step = 'overloaded' | 'not sent' | 'breaks' | 'leaves';

/** Calls a pool of upstreams that all do the same. */
async function callsOf(step: Step) {
  const clock = createFakeClock();
  const abort = new AbortController();
  const permitted = new PermittedCalls(limits.pipeline);
  const permits = new TaskPermits({
    clock,
    limits: limits.pipeline,
    signal: abort.signal,
    untilMs: Infinity,
    ask: ({ lease, question, call }) => {
      const meta = { id: 'req_1', attempt: 1, position: 0, lease, question, call };
      const permit = permitted.permit({ kind: 'ask', seq: 0, from: 'worker', ...meta });
      if (permit) permits.receive({ kind: 'permit', ...meta, ...permit });
    },
  });
  let made = 0;
  const transport: Transport = async ({ calls }) => {
    await calls?.next();
    made += 1;
    if (step === 'leaves') abort.abort(new LlmpError('client_disconnected'));
    if (step === 'not sent') calls?.settled();
    if (step !== 'overloaded') throw new LlmpError('upstream_disconnected');
    return { status: 529, headers: [], body: nothing() };
  };
  const endpoints = Array.from({ length: ENDPOINTS }, (_, nth) =>
    endpointOf({ name: `upstream-${nth}`, transport }),
  );
  const pool = createPool({
    endpoints,
    maxAttempts: ENDPOINTS,
    fallbacks: {},
    limits: limits.json,
    clock,
    random: () => 0,
    waitMsMax: 0,
    health: () => {},
  });
  const response = await pool({
    method: 'POST',
    path: '/v1/messages',
    headers: [],
    body: requestBodyOf('{"model":"m"}'),
    signal: abort.signal,
    calls: permits,
  }).catch((error: unknown) => LlmpError.from(error).code);
  const result = typeof response === 'string' ? response : response.status;
  return { made, result, unknown: permits.unknownCalls };
}

describe('a pool', () => {
  it('retries calls that certainly cost nothing as often as it may', async () => {
    expect(await callsOf('overloaded')).toEqual({ made: ENDPOINTS, result: 529, unknown: 0 });
    const refused = { made: ENDPOINTS, result: 'upstream_disconnected', unknown: 0 };
    expect(await callsOf('not sent')).toEqual(refused);
  });

  it('makes few calls whose outcome stays unknown, and says how many', async () => {
    const max = limits.pipeline.upstreamAttemptsMax;
    const broken = { made: max, result: 'upstream_disconnected', unknown: max };
    expect(await callsOf('breaks')).toEqual(broken);
  });

  it('makes no further call once the request is cancelled', async () => {
    expect(await callsOf('leaves')).toMatchObject({ made: 1, unknown: 1 });
  });
});

async function* nothing(): AsyncGenerator<Uint8Array> {}
