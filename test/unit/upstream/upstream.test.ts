import { describe, expect, it } from 'vitest';
import type {
  Transport,
  UpstreamResponse,
  UpstreamRequest,
} from '../../../services/upstream/transport.ts';
import { createScanner } from '../../../shared/privacy/detect/scan.ts';
import type { ResponseRules } from '../../../services/upstream/guard/response-rules.ts';
import { createUpstream } from '../../../services/upstream/upstream.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import type { Outcome } from '../../../shared/protocol/stage.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { NO_CACHE } from '../../kit/caches.ts';
import { NO_RULES } from '../../kit/policies.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { PERMITTED } from '../../kit/permits.ts';

/** Response rules have tests of their own. */
const UNWATCHED: ResponseRules = { scanner: createScanner([]), actionFor: () => 'ignore' };

const LIMITS = {
  headersTimeoutMs: 1_000,
  idleMs: 100,
  endMs: 10,
  eventBytesMax: 10_000,
  timeSliceMs: 8,
  responseBytesMax: 1_000_000,
};
const ODD_BODY = Buffer.from('{ "b":1.0,"a":12345678901234567890, "b":"\\u00fc\\/" }\r\n');

interface Script extends Partial<UpstreamResponse> {
  readonly credential?: readonly string[];
}

/** An upstream stage over a transport that responds as given and records its requests. */
function setup({ credential = [], ...reply }: Script = {}) {
  const clock = createFakeClock();
  const asked: UpstreamRequest[] = [];
  const transport: Transport = async (request) => {
    asked.push(request);
    clock.advance(7);
    return { status: 200, headers: [], body: flow([]), ...reply };
  };
  const stage = createUpstream({
    transport,
    clock,
    limits: LIMITS,
    credential,
    responseRules: UNWATCHED,
    policies: NO_RULES,
    cache: NO_CACHE,
  });
  const context = { signal: new AbortController().signal, calls: PERMITTED };
  return {
    clock,
    asked,
    call: async (given = requestMessage()) => responseOf(await stage(given, context)),
  };
}

function responseOf(outcome: Outcome): Extract<Outcome, { kind: 'respond' }> {
  if (outcome.kind !== 'respond') throw new Error(`the stage returned ${outcome.kind}`);
  return outcome;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

describe('the upstream stage', () => {
  it('sends the request unchanged: method, path, header pairs and every byte of the body', async () => {
    const { asked, call } = setup();
    const headers = ['X-Zed', '1', 'anthropic-beta', 'a', 'Anthropic-Beta', 'b'];
    await call(requestMessage({ path: '/v1/messages?beta=true', headers }, ODD_BODY));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: 'POST', path: '/v1/messages?beta=true' });
    expect(asked[0]?.headers.slice(0, headers.length)).toEqual(headers);
    expect(Buffer.from(asked[0]?.body.bytes ?? []).equals(ODD_BODY)).toBe(true);
  });

  it('requests no compression and sends its own credential', async () => {
    const { asked, call } = setup({ credential: ['x-api-key', 'sk-ours'] });
    await call(requestMessage({ headers: ['user-agent', 'sdk'] }));
    const pairs = Array.from(pairsOf(asked[0]?.headers ?? []));
    expect(pairs).toEqual([
      ['user-agent', 'sdk'],
      ['accept-encoding', 'identity'],
      ['x-api-key', 'sk-ours'],
    ]);
  });

  it('sends no credential where it has none', async () => {
    const { asked, call } = setup();
    await call();
    const names = Array.from(pairsOf(asked[0]?.headers ?? []), ([name]) => name);
    expect(names).toEqual(['accept-encoding']);
  });

  it('responds with status, clean headers and the bytes of a message, and meters its usage', async () => {
    const text = '{"stop_reason":"end_turn", "usage":{"input_tokens":3,"output_tokens":1.0}}';
    const { call } = setup({
      headers: ['Content-Type', 'application/json', 'request-id', 'req_up', 'Retry-After', '1'],
      body: flow([text.slice(0, 9), text.slice(9)]),
    });
    const { head, body, annotations, usage } = await call();
    expect(head).toEqual({
      status: 200,
      headers: ['Content-Type', 'application/json', 'Retry-After', '1'],
    });
    expect(await textOf(body)).toBe(text);
    expect(usage?.()).toEqual({ input: 3, output: 1 });
    expect(annotations?.()).toEqual({
      stopReason: 'end_turn',
      upstreamMs: 7,
      upstreamStatus: 200,
      upstreamRequestId: 'req_up',
    });
  });

  it('relays an error of the upstream unchanged', async () => {
    const text = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
    const { call } = setup({
      status: 529,
      headers: ['x-should-retry', 'true'],
      body: flow([text]),
    });
    const { head, body, annotations } = await call();
    expect(head).toEqual({ status: 529, headers: ['x-should-retry', 'true'] });
    expect(await textOf(body)).toBe(text);
    expect(annotations?.()).toMatchObject({
      upstreamStatus: 529,
      upstreamError: 'overloaded_error',
    });
  });

  it('splits an event stream at the ends of its events', async () => {
    const stop = 'event: message_stop\ndata: {}\n\n';
    const { call } = setup({
      headers: ['content-type', 'text/event-stream; charset=utf-8'],
      body: flow([`event: ping\ndata: {}\n\n${stop.slice(0, 7)}`, stop.slice(7)]),
    });
    const { body } = await call();
    const chunks = await Array.fromAsync(body, (chunk) => Buffer.from(chunk).toString());
    expect(chunks).toEqual(['event: ping\ndata: {}\n\n', stop]);
  });

  it('throws upstream_disconnected where a stream ends early, and keeps the usage so far', async () => {
    const start = 'event: message_start\ndata: {"message":{"usage":{"input_tokens":3}}}\n\n';
    const headers = ['content-type', 'text/event-stream'];
    const { call } = setup({ headers, body: flow([start]) });
    const { body, usage } = await call();
    await expect(textOf(body)).rejects.toMatchObject({ code: 'upstream_disconnected' });
    expect(usage?.()).toEqual({ input: 3 });
  });

  it('refuses a redirect of any transport', async () => {
    const { call } = setup({ status: 308, headers: ['location', 'http://127.0.0.1:9/'] });
    await expect(call()).rejects.toMatchObject({ code: 'upstream_redirected', status: 502 });
  });

  it.each([
    ['upstream_unreachable', new Error('ECONNREFUSED')],
    ['upstream_timeout', new LlmpError('upstream_timeout')],
  ])('rejects with %s when its transport does so', async (code, thrown) => {
    const stage = createUpstream({
      transport: () => Promise.reject(thrown),
      clock: createFakeClock(),
      limits: LIMITS,
      credential: [],
      responseRules: UNWATCHED,
      policies: NO_RULES,
      cache: NO_CACHE,
    });
    const context = { signal: new AbortController().signal, calls: PERMITTED };
    await expect(stage(requestMessage(), context)).rejects.toMatchObject({ code });
  });
});

async function* flow(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
