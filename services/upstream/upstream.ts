// The upstream stage: sends the request to the upstream and relays the response byte for byte, while it
// meters usage, applies response rules and watches for silence.

import type { Clock } from '../../shared/runtime/clock.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Limits, UpstreamLimits } from '../../shared/limits.ts';
import type { Annotations } from '../../shared/annotations.ts';
import type { Outcome, Stage, UpstreamContext } from '../../shared/protocol/stage.ts';
import type { TokenCounts, TokenUsage } from '../../shared/token-usage.ts';
import type { Policies } from '../../shared/policy/policies.ts';
import { headerOf, isEventStream } from '../../shared/runtime/raw-headers.ts';
import { BufferedSource, StreamSource } from '../../shared/anthropic/sse/event-source.ts';
import { ResponsePipeline } from '../../shared/anthropic/sse/response-transform.ts';
import { transformed } from '../../shared/anthropic/sse/transformed.ts';
import { polledOf, ResumedItems } from '../../shared/runtime/polled.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { ResponseRules, EntityCounts } from './guard/response-rules.ts';
import type { ResponseCache } from './cache/response-cache.ts';
import { PolicyEnforcer } from './guard/policy-enforcer.ts';
import { ResponseGuard } from './guard/response-guard.ts';
import { ResponseRedactor } from './guard/response-redactor.ts';
import { passThrough } from './pass-through.ts';
import { CompleteResponse } from './response/complete-response.ts';
import { DeadlineReader } from './response/deadline-reader.ts';
import { redirectError } from './response/redirect.ts';
import { responseHeaders } from './response/response-headers.ts';
import type { Transport } from './transport.ts';
import { UsageMeter } from './usage-meter.ts';

export interface UpstreamOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: Pick<UpstreamLimits, 'headersTimeoutMs' | 'idleMs' | 'endMs' | 'eventBytesMax'> &
    Pick<Limits['eventLoop'], 'timeSliceMs'> &
    Pick<Limits['pipeline'], 'responseBytesMax'>;
  /** Raw header pairs of the gateway's own credential; the client's was removed before. */
  readonly credential: readonly string[];
  /** For personal data in responses that is not from the request. */
  readonly responseRules: ResponseRules;
  /** Cached responses, for keys that use the cache. */
  readonly cache: Pick<ResponseCache, 'readThrough'>;
  /** Whether calls cost nothing, so that they need no permit. */
  readonly isFree?: boolean;
  /** Content policies, whose response rules are applied here. */
  readonly policies: Policies;
}

/** Chunks of this worker are plain bytes. */
const BYTES = { bytesOf: (bytes: Uint8Array) => bytes, chunkOf: (bytes: Uint8Array) => bytes };

export function createUpstream(options: UpstreamOptions): Stage<UpstreamContext> {
  const { transport, clock, limits, credential, isFree = false } = options;

  return async (message, context): Promise<Outcome> => {
    const { meta, body } = message;
    if (meta.passThrough !== undefined) return await passThrough(options, message, context);
    const { signal, calls: permits } = context;
    const calls = isFree ? undefined : permits;
    // The answer comes while the body is read, and while a response is looked up in the cache.
    calls?.askAhead();
    const policy = options.policies.named(meta.policy);
    const requestBody = await body.read(signal);
    const reader = new DeadlineReader({ clock, signal, ...limits });
    const startedMs = clock.monotonic();
    // A compressed stream cannot be metered or split into events.
    const headers = [...meta.headers, 'accept-encoding', 'identity', ...credential];
    const request = { method: meta.method, path: meta.path, headers, body: requestBody };
    const call = async (callSignal: AbortSignal) => {
      const response = await transport({
        ...request,
        signal: callSignal,
        ...(calls ? { calls } : {}),
      });
      calls?.settled();
      return response;
    };
    const permittedCall = async () => {
      await calls?.ready();
      return await reader.head(call);
    };
    const cacheRequest = { meta, body: requestBody, policy: policy.label, signal };
    const response = await options.cache.readThrough(cacheRequest, permittedCall);
    const redirected = redirectError(response, { method: meta.method, headers });
    if (redirected) {
      reader.abandon();
      throw redirected;
    }
    const upstreamMs = Math.round(clock.monotonic() - startedMs);
    const meter = new UsageMeter();
    const caller = { key: meta.tenant, team: meta.team, model: meta.model };
    const usage = () => usageOf(meter.usage(), response.usage);
    const annotations = () => ({ ...meter.annotations(), ...response.annotations });
    const isCached = response.usage !== undefined;
    const cost = () => ({ usage: usage(), isCached, annotations: annotations() });
    const guard = new ResponseGuard(policy, caller, cost);
    const { responseRules } = options;
    const action = responseRules.actionFor(meta.tenant);
    const redactor =
      action === 'ignore' ? undefined : new ResponseRedactor(responseRules.scanner, action);
    const isStream = isEventStream(response.headers);
    const source = isStream
      ? new StreamSource(limits.eventBytesMax)
      : new BufferedSource(limits.responseBytesMax);
    const complete = new CompleteResponse(response, () => reader.endSoon());
    const transforms = [
      complete,
      meter,
      response.recorder,
      redactor,
      guard.isActive ? new PolicyEnforcer(guard) : undefined,
    ].filter((transform) => transform !== undefined);
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, signal);
    const pipeline = new ResponsePipeline(source, transforms);
    const chunks = transformed(reader.chunks(response.body), pipeline, BYTES, timeSlice);
    const upstreamId = headerOf(response.headers, 'request-id');
    const facts = () => ({
      ...entityAnnotations(redactor?.counts ?? {}),
      ...(guard.isActive ? guard.annotations() : {}),
      upstreamMs,
      upstreamStatus: response.status,
      ...(upstreamId === undefined ? {} : { upstreamRequestId: upstreamId }),
      ...annotations(),
    });
    // A response that fails before its first chunk can still get the status of an error.
    const isHeld = !isStream || guard.holds;
    const sent = isHeld ? await withFirstChunk(chunks, { usage, annotations: facts }) : chunks;
    const { status } = complete;
    return {
      kind: 'respond',
      head: { status, headers: responseHeaders(status, response.headers) },
      body: sent,
      usage,
      annotations: facts,
    };
  };
}

/** A response from the cache has the usage that the cache gives, not that in its body. */
function usageOf(metered: TokenUsage, replayed: TokenCounts | undefined): TokenUsage {
  if (!replayed) return metered;
  return { ...(metered.model === undefined ? {} : { model: metered.model }), ...replayed };
}

/** Waits for the first chunk. Rejects with its error, annotated with the usage so far. */
async function withFirstChunk(
  chunks: AsyncIterable<Uint8Array>,
  { usage, annotations }: { usage: () => TokenUsage; annotations: () => Annotations },
): Promise<AsyncIterable<Uint8Array>> {
  const polled = polledOf(chunks);
  const first = await polled.next().catch((thrown: unknown) => {
    throw LlmpError.from(thrown).annotated(annotations(), usage());
  });
  return new ResumedItems({ items: first.done ? [] : [first.value] }, polled);
}

/** `responseEntities: "EMAIL_ADDRESS=2"` for the log, where something was found. */
function entityAnnotations(counts: EntityCounts): Annotations {
  const found = Object.keys(counts).toSorted();
  if (found.length === 0) return {};
  return { responseEntities: found.map((entity) => `${entity}=${counts[entity]}`).join(', ') };
}
