// Reads the usage of a response: `usage` of a message, or of `message_start` and the cumulative
// `message_delta` of a stream.

import * as z from 'zod';
import type { Annotations } from '../../shared/annotations.ts';
import type { EventJson } from '../../shared/anthropic/sse/event-json.ts';
import type { ResponseTransform } from '../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../shared/anthropic/sse/sse-event.ts';
import type { JsonNode } from '../../shared/json/parse.ts';
import {
  hasOutput,
  mergedUsage,
  reportedUsage,
  tokenUsageOf,
  type ReportedUsage,
} from '../../shared/metering/reported-usage.ts';
import { contentChars, deltaChars } from '../../shared/metering/response-text.ts';
import { MODEL_NAME, type TokenUsage } from '../../shared/token-usage.ts';

/** An invalid field does not invalidate the others. */
const responseFormat = z.looseObject({
  model: z.string().regex(MODEL_NAME).nullish().catch(undefined),
  stop_reason: z.string().nullish().catch(undefined),
  usage: z.unknown().optional(),
  delta: z
    .looseObject({ stop_reason: z.string().nullish().catch(undefined) })
    .nullish()
    .catch(undefined),
  error: z.looseObject({ type: z.string() }).nullish().catch(undefined),
});

type Response = z.infer<typeof responseFormat>;

/** A message, or an event that may carry one. */
const messageOrEvent = responseFormat.extend({
  message: responseFormat.nullish().catch(undefined),
});

/** Properties of a response or event that are read. */
const READ_KEYS = ['model', 'stop_reason', 'usage', 'delta', 'error'];
/** Nesting of the objects and lists in them that are read: as deep as `usage.iterations` goes. */
const READ_DEPTH = 4;

/** Larger buffered responses are not read; messages are far smaller. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

const READ_EVENTS = new Set([
  'message_start',
  'content_block_start',
  'message_delta',
  'message_stop',
  'error',
]);

export class UsageMeter implements ResponseTransform {
  readonly #annotations: Record<string, string> = {};
  #reported: ReportedUsage = {};
  #model: string | undefined;
  #chars = 0;
  #isOutputFinal = false;

  /** Why the response ended, for the log. */
  annotations(): Annotations {
    return this.#annotations;
  }

  /** What was reported up to now. */
  usage(): TokenUsage {
    return tokenUsageOf(this.#reported, {
      model: this.#model,
      chars: this.#chars,
      isOutputFinal: this.#isOutputFinal,
    });
  }

  *steps(event: SseEvent): Generator<void, SseEvent> {
    if (isRead(event)) yield* event.parse();
    return this.event(event);
  }

  event(event: SseEvent): SseEvent {
    if (event.name === 'content_block_delta') this.#chars += deltaChars(event.bytes.byteLength);
    const { json } = isRead(event) ? event : {};
    if (json) this.#readJson(json, event.name !== 'message_start');
    return event;
  }

  #readJson(json: EventJson, isFinal: boolean): void {
    const parsed = messageOrEvent.safeParse(readable(json));
    if (parsed.success) {
      const { message, ...own } = parsed.data;
      this.#read(message ?? own, isFinal);
      // Some upstreams put `usage` next to `message`.
      if (message) this.#report(own.usage, isFinal);
    }
    const message = json.property('message') ?? json.root;
    const content = json.property('content', message);
    this.#chars += contentChars(json.text, content?.kind === 'array' ? content.items : []);
    const block = json.property('content_block');
    if (block) this.#chars += contentChars(json.text, [block]);
  }

  #read(response: Response, isFinal: boolean): void {
    const { model, stop_reason: stopReason, delta, error } = response;
    this.#report(response.usage, isFinal);
    this.#model = model ?? this.#model;
    const annotations = {
      stopReason: delta?.stop_reason ?? stopReason,
      upstreamError: error?.type,
    };
    Object.assign(this.#annotations, present(annotations));
  }

  #report(reported: unknown, isFinal: boolean): void {
    const usage = reportedUsage(reported);
    this.#reported = mergedUsage(this.#reported, usage);
    this.#isOutputFinal ||= isFinal && hasOutput(usage);
  }
}

/** The fields that have a value: later events report only some of them. */
function present(fields: object): object {
  const values: [string, unknown][] = Object.entries(fields);
  return Object.fromEntries(values.filter(([, value]) => value !== null && value !== undefined));
}

function isRead(event: SseEvent): boolean {
  return event.isWhole ? isMeasured(event) : READ_EVENTS.has(event.name);
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

/** The value of a node; objects and lists are empty below `depth`. */
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
    case 'array': {
      const read = depth > 0 ? node.items : [];
      return read.map((item) => plain(json, item, depth - 1));
    }
    case 'true':
    case 'false':
      return node.kind === 'true';
    case 'null':
      return null;
  }
}
