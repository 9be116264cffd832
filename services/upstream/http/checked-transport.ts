// Rejects a success that is not a response of the Messages API (a web page, text or an empty body). Reads
// errors for the pool, and gives an error that was sent with a success status the status of its type.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError, type ErrorCode } from '../../../shared/errors.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import type { UpstreamLimits } from '../../../shared/limits.ts';
import { EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { headerOf, isEventStream, replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import {
  bodyKindOf,
  byteOrderMarkBytes,
  decidesKind,
  errorEventJson,
  errorIn,
  errorInSuccess,
  eventJson,
  eventType,
  jsonOrUndefined,
} from './body-kind.ts';
import { statusOfError } from './error-status.ts';
import { peekBody, type PeekedBody } from './peeked-body.ts';
import type { BodyKind, Transport, UpstreamError, UpstreamResponse } from '../transport.ts';
import { UsageMeter } from '../usage-meter.ts';

export interface CheckedTransportOptions {
  readonly clock: Clock;
  readonly limits: Pick<UpstreamLimits, 'holdMs' | 'holdBytesMax' | 'idleMs'>;
  /**
   * Whether to hold the head of a success until its first content, so that a pool can call another
   * upstream; otherwise it is held until the first event that is not a ping.
   */
  readonly holdsHead: boolean;
}

/** Success statuses without a body, or with a part of one. */
const WITHOUT_CONTENT = new Set([204, 205, 206]);

/** Statuses about the gateway's connection or proxy, which clients would apply to their own. */
const CONNECTION_STATUSES = new Set([407, 421, 426]);

/** Events after which a stream has content, or is complete without any. */
const CONTENT_EVENTS = new Set([
  'content_block_start',
  'content_block_delta',
  'message_delta',
  'message_stop',
]);

const CONTENT_TYPES: Partial<Record<BodyKind, string>> = {
  json: 'application/json',
  events: 'text/event-stream; charset=utf-8',
};

export function createCheckedTransport(
  transport: Transport,
  options: CheckedTransportOptions,
): Transport {
  return async (request) => {
    const response = await transport(request);
    request.onHead?.();
    const { status } = response;
    if (CONNECTION_STATUSES.has(status)) {
      await response.body[Symbol.asyncIterator]().return?.();
      throw faultOf('upstream_unreachable', status, 'it concerns the connection');
    }
    // The pool and the stage judge redirects by their status.
    if (request.passThrough || (status >= 300 && status < 400)) return response;
    if (status >= 400) return await readError(response, options);
    try {
      return await checkedSuccess(response, options);
    } catch (thrown) {
      // What is no response of the API has called no model.
      if (LlmpError.from(thrown).code === 'upstream_invalid_response') request.calls?.settled();
      throw thrown;
    }
  };
}

async function checkedSuccess(
  response: UpstreamResponse,
  { clock, limits, holdsHead }: CheckedTransportOptions,
): Promise<UpstreamResponse> {
  const { status, headers } = response;
  const head = new HeadReader(headers, holdsHead);
  const peeked = await peekBody(response.body, {
    clock,
    holdMs: Math.min(limits.holdMs, limits.idleMs),
    bytesMax: limits.holdBytesMax,
    isEnough: (chunk) => head.isEnough(chunk),
  });
  const kind = bodyKindOf(peeked.start, peeked.isWhole, headers);
  if (kind === 'page' || kind === 'text' || WITHOUT_CONTENT.has(status)) {
    peeked.discard();
    throw faultOf('upstream_invalid_response', status, `its body is a ${kind}`);
  }
  const isEvents = kind === 'events';
  if (isEvents && head.errorJson !== undefined)
    return eventAsError(response, peeked, head.errorJson);
  if (kind === 'empty' || (isEvents && peeked.isWhole && !head.hasContent)) {
    peeked.discard();
    const fault = faultOf('upstream_disconnected', status, 'it ended before its content');
    const error = LlmpError.from(peeked.error ?? fault, 'upstream_disconnected');
    throw error.annotated(discardedTokens(peeked.start));
  }
  const error = isEvents ? undefined : errorInSuccess(textOf(peeked));
  const read = readResponse(
    response,
    kind,
    isEvents ? peeked : withoutConnectionError(peeked),
    error,
  );
  return error ? withErrorStatus(read, error) : read;
}

/** Ignores a connection error after complete JSON. */
function withoutConnectionError(peeked: PeekedBody): PeekedBody {
  if (!peeked.isWhole || peeked.error === undefined) return peeked;
  return jsonOrUndefined(textOf(peeked)) === undefined ? peeked : onlyStart(peeked);
}

/** Ends the body after what was read, and closes the connection. */
function onlyStart(peeked: PeekedBody): PeekedBody {
  peeked.discard();
  return { ...peeked, body: bytesOf(peeked.start) };
}

/** Turns a stream that fails before its content into an error response. */
function eventAsError(
  response: UpstreamResponse,
  peeked: PeekedBody,
  json: string,
): UpstreamResponse {
  peeked.discard();
  const error = errorIn(json);
  if (!error) {
    throw faultOf('upstream_disconnected', response.status, 'its error is not that of the API');
  }
  const unread = { ...peeked, start: Buffer.alloc(0), body: bytesOf(Buffer.from(json)) };
  const annotations = { ...response.annotations, ...discardedTokens(peeked.start) };
  return withErrorStatus(readResponse({ ...response, annotations }, 'json', unread, error), error);
}

function withErrorStatus(response: UpstreamResponse, error: UpstreamError): UpstreamResponse {
  const annotations = { ...response.annotations, upstreamStatus: response.status };
  return { ...response, status: statusOfError(error), annotations };
}

/** The tokens that a failed stream has reported, which the upstream may bill. */
function discardedTokens(start: Uint8Array): Annotations {
  const meter = new UsageMeter();
  for (const event of new EventSplitter().push(start)) meter.event(new SseEvent(event));
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h } = meter.usage();
  const counts = [input, output, cacheRead, cacheWrite5m, cacheWrite1h];
  const sum = counts.reduce<number>((total, count) => total + (count ?? 0), 0);
  return sum === 0 ? {} : { discardedTokens: sum };
}

/** Reads an error response, completely if it is small enough. */
async function readError(
  response: UpstreamResponse,
  { clock, limits }: CheckedTransportOptions,
): Promise<UpstreamResponse> {
  const peeked = await peekBody(response.body, {
    clock,
    holdMs: Math.min(limits.holdMs, limits.idleMs),
    bytesMax: limits.holdBytesMax,
    isEnough: () => false,
  });
  const kind = bodyKindOf(peeked.start, peeked.isWhole, response.headers);
  if (kind !== 'events') {
    const error = errorIn(textOf({ ...peeked, isWhole: true }));
    if (!error) return readResponse(response, kind, throwIfBroken(peeked), error);
    const isEnded = peeked.isWhole && peeked.error === undefined;
    return readResponse(response, kind, isEnded ? peeked : onlyStart(peeked), error);
  }
  // An error status has no events: clients read its body as one JSON value.
  const json = errorEventJson(peeked.start);
  if (json === undefined) return readResponse(response, 'text', throwIfBroken(peeked), undefined);
  peeked.discard();
  const body = bytesOf(Buffer.from(json));
  return readResponse(response, 'json', { ...peeked, start: Buffer.alloc(0), body }, errorIn(json));
}

/** @throws `upstream_disconnected` if the connection broke */
function throwIfBroken(peeked: PeekedBody): PeekedBody {
  if (peeked.error !== undefined) throw LlmpError.from(peeked.error, 'upstream_disconnected');
  return peeked;
}

/** The response with its peeked body, and with the content type corrected. */
function readResponse(
  response: UpstreamResponse,
  kind: BodyKind,
  peeked: PeekedBody,
  error: UpstreamError | undefined,
): UpstreamResponse {
  const { headers } = response;
  const isMislabelled =
    (kind === 'events') !== isEventStream(headers) ||
    (kind === 'json' && response.status < 300 && !isJson(headers));
  const type = CONTENT_TYPES[kind] ?? 'text/plain';
  const markBytes = kind === 'json' ? byteOrderMarkBytes(peeked.start) : 0;
  return {
    ...response,
    headers: isMislabelled ? replaceHeaders(headers, ['content-type', type]) : headers,
    body: markBytes === 0 ? peeked.body : withoutStart(peeked.body, markBytes),
    bodyKind: kind,
    ...(error === undefined ? {} : { error }),
  };
}

function isJson(headers: readonly string[]): boolean {
  return /\bjson\b/i.test(headerOf(headers, 'content-type') ?? '');
}

/** Watches the beginning of a success for content or an error. */
class HeadReader {
  readonly #headers: readonly string[];
  readonly #holdsHead: boolean;
  readonly #splitter = new EventSplitter();
  /** Chunks so far, until they decide the kind of the body. */
  #undecided: Uint8Array[] = [];
  #kind: BodyKind | undefined;
  #hasContent = false;
  #errorJson: string | undefined;

  constructor(headers: readonly string[], holdsHead: boolean) {
    this.#headers = headers;
    this.#holdsHead = holdsHead;
  }

  /** Whether the stream has begun its content, so that its head can be passed on. */
  get hasContent(): boolean {
    return this.#hasContent;
  }

  /** The data of an error event before any content. */
  get errorJson(): string | undefined {
    return this.#errorJson;
  }

  isEnough(chunk: Uint8Array): boolean {
    if (this.#kind !== undefined) return this.#isEnoughOf(chunk);
    this.#undecided.push(chunk);
    const start = Buffer.concat(this.#undecided);
    if (!decidesKind(start)) return false;
    this.#undecided = [];
    this.#kind = bodyKindOf(start, false, this.#headers);
    return this.#isEnoughOf(start);
  }

  #isEnoughOf(chunk: Uint8Array): boolean {
    // JSON is read on, because it may be an error.
    if (this.#kind !== 'events') return this.#kind !== 'json';
    for (const event of this.#splitter.push(chunk)) {
      const type = eventType(event);
      if (type === 'error') {
        this.#errorJson = eventJson(event) ?? '';
        return true;
      }
      if (this.#isContent(type)) return (this.#hasContent = true);
    }
    return false;
  }

  #isContent(type: string): boolean {
    return this.#holdsHead ? CONTENT_EVENTS.has(type) : type !== '' && type !== 'ping';
  }
}

/** The text of a body that was read completely. */
function textOf({ start, isWhole }: PeekedBody): string {
  return isWhole ? start.toString('utf8', byteOrderMarkBytes(start)) : '';
}

function faultOf(code: ErrorCode, status: number, cause: string): LlmpError {
  return new LlmpError(code, undefined, {
    cause: new Error(`status ${status}: ${cause}`),
    annotations: { upstreamStatus: status },
  });
}

async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The chunks without their first `count` bytes. */
async function* withoutStart(
  chunks: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.byteLength);
    left -= skipped;
    if (skipped < chunk.byteLength) yield chunk.subarray(skipped);
  }
}
