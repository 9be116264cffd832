// Reads what a response cost from the response itself: `usage` of a message, or of `message_start` and
// the cumulative `message_delta` of a stream. A response without usage is relayed all the same.

import * as z from 'zod';
import type { Annotations } from '../../shared/annotations.ts';
import type { EventJson } from '../../shared/anthropic/sse/event-json.ts';
import type { ResponseTransform } from '../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../shared/anthropic/sse/sse-event.ts';
import type { JsonNode } from '../../shared/json/parse.ts';
import { isCount, MODEL_NAME, type TokenUsage } from '../../shared/metering/token-usage.ts';

const responseFormat = z.looseObject({
  model: z.string().regex(MODEL_NAME).nullish().catch(undefined),
  stop_reason: z.string().nullish(),
  usage: z
    .looseObject({
      input_tokens: z.number().nullish(),
      output_tokens: z.number().nullish(),
      cache_creation_input_tokens: z.number().nullish(),
      cache_read_input_tokens: z.number().nullish(),
      cache_creation: z.looseObject({ ephemeral_1h_input_tokens: z.number().nullish() }).nullish(),
      server_tool_use: z.looseObject({ web_search_requests: z.number().nullish() }).nullish(),
    })
    .nullish(),
  delta: z.looseObject({ stop_reason: z.string().nullish() }).nullish(),
  error: z.looseObject({ type: z.string() }).nullish(),
});

type Response = z.infer<typeof responseFormat>;

/** A message, or an event that may carry one. */
const messageOrEvent = responseFormat.extend({ message: responseFormat.nullish() });

/** Properties of a response or event that are read. */
const READ_KEYS = ['model', 'stop_reason', 'usage', 'delta', 'error'];
/** Nesting of the objects in them that are read. */
const READ_DEPTH = 2;

/** Larger buffered responses are not read; messages are far smaller. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

const EVENTS_WITH_USAGE = new Set(['message_start', 'message_delta', 'error']);

interface Reported {
  model?: string | undefined;
  input?: number | undefined;
  output?: number | undefined;
  cacheRead?: number | undefined;
  /** Both kinds of cache writes together. */
  cacheWrite?: number | undefined;
  cacheWrite1h?: number | undefined;
  webSearches?: number | undefined;
}

export class UsageMeter implements ResponseTransform {
  readonly #annotations: Record<string, string> = {};
  readonly #reported: Reported = {};

  /** Why the response ended, for the log. */
  annotations(): Annotations {
    return this.#annotations;
  }

  /** What was reported up to now. Input that does not add up counts as not reported. */
  usage(): TokenUsage {
    const { model, input, output, cacheRead, cacheWrite, cacheWrite1h, webSearches } =
      this.#reported;
    const isInputKnown = isCount(input) && isCount(cacheWrite ?? 0);
    const hour = isCount(cacheWrite1h) ? Math.min(cacheWrite1h, cacheWrite ?? 0) : undefined;
    const fiveMinutes = cacheWrite === undefined ? undefined : cacheWrite - (hour ?? 0);
    const prompt = { input, cacheRead, cacheWrite5m: fiveMinutes, cacheWrite1h: hour };
    return {
      ...(model === undefined ? {} : { model }),
      ...counts({ ...(isInputKnown ? prompt : {}), output, webSearches }),
    };
  }

  event(event: SseEvent): SseEvent {
    const isRead = event.isWhole ? isMeasured(event) : EVENTS_WITH_USAGE.has(event.name);
    const { json } = isRead ? event : {};
    const parsed = json && messageOrEvent.safeParse(readable(json));
    if (parsed?.success) this.#read(parsed.data.message ?? parsed.data);
    return event;
  }

  #read({ model, usage, stop_reason: stopReason, delta, error }: Response): void {
    const reported = {
      model,
      input: usage?.input_tokens,
      output: usage?.output_tokens,
      cacheRead: usage?.cache_read_input_tokens,
      cacheWrite: usage?.cache_creation_input_tokens,
      cacheWrite1h: usage?.cache_creation?.ephemeral_1h_input_tokens,
      webSearches: usage?.server_tool_use?.web_search_requests,
    };
    Object.assign(this.#reported, present(reported));
    const annotations = {
      stopReason: delta?.stop_reason ?? stopReason,
      upstreamError: error?.type,
    };
    Object.assign(this.#annotations, present(annotations));
  }
}

/** The fields that have a value: later events report only some of them. */
function present(fields: object): object {
  const values: [string, unknown][] = Object.entries(fields);
  return Object.fromEntries(values.filter(([, value]) => value !== null && value !== undefined));
}

/** The fields that can be a count. */
function counts(fields: Readonly<Record<string, number | undefined>>): TokenUsage {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isCount(value)));
}

/** Whether an event is small enough to be read for its usage. */
export function isMeasured({ bytes }: SseEvent): boolean {
  return bytes.byteLength <= READ_BYTES_MAX;
}

/** The part of an event that is read, as a plain value. */
function readable(json: EventJson): unknown {
  if (json.root.kind !== 'object') return undefined;
  const message = json.property('message');
  const own = readableOf(json, json.root);
  return message
    ? {
        ...own,
        message: message.kind === 'object' ? readableOf(json, message) : plain(json, message, 0),
      }
    : own;
}

function readableOf(json: EventJson, node: JsonNode): Record<string, unknown> {
  const values = READ_KEYS.flatMap((key): [string, unknown][] => {
    const value = json.property(key, node);
    return value ? [[key, plain(json, value, READ_DEPTH)]] : [];
  });
  return Object.fromEntries(values);
}

/** The value of a node; objects are empty below `depth`, and arrays always. */
function plain(json: EventJson, node: JsonNode, depth: number): unknown {
  switch (node.kind) {
    case 'string':
      return json.valueOf(node);
    case 'number':
      return Number(json.literalOf(node));
    case 'object': {
      const read = depth > 0 ? node.properties : [];
      return Object.fromEntries(
        read.map(({ key, value }) => [json.valueOf(key), plain(json, value, depth - 1)]),
      );
    }
    case 'array':
      return [];
    case 'true':
    case 'false':
      return node.kind === 'true';
    case 'null':
      return null;
  }
}
