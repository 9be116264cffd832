// Reads what an answer cost from the answer itself: `usage` of a message, or of `message_start` and
// the cumulative `message_delta` of a stream. Only numbers and short labels are read; an answer
// without them, or in an unknown shape, is relayed all the same.

import * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';
import type { Annotations } from '../../shared/annotations.ts';

/** Only what looks like a name is written down; the price depends on it. */
const modelName = z
  .string()
  .regex(/^[\w.:/@[\]-]{1,100}$/)
  .nullish()
  .catch(undefined);

const answerShape = z.looseObject({
  model: modelName,
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

type Answer = z.infer<typeof answerShape>;

const replyShape = answerShape.extend({ message: answerShape.nullish() });

/** A reply that is not a stream is looked at up to this size; messages are far smaller. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

/** Events that say something of cost or outcome. */
const TELLING_EVENTS = new Set(['message_start', 'message_delta', 'error']);

export class UsageMeter {
  readonly #annotations: Record<string, string | number> = {};

  annotations(): Annotations {
    return this.#annotations;
  }

  /** Watches one event of a stream. */
  readonly event = (name: string, event: Uint8Array): void => {
    if (!TELLING_EVENTS.has(name)) return;
    const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8');
    const data = text.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
    this.reply(data.map((line) => line.slice('data:'.length)).join('\n'));
  };

  /** Reads one JSON text, a whole reply or an event's data; false when it is not JSON. */
  reply(json: string): boolean {
    const value = jsonOrUndefined(json);
    const parsed = replyShape.safeParse(value);
    if (parsed.success) this.#read(parsed.data.message ?? parsed.data);
    return value !== undefined;
  }

  #read({ model, usage, stop_reason: stopReason, delta, error }: Answer): void {
    this.#note('answeredBy', model);
    this.#note('inputTokens', usage?.input_tokens);
    this.#note('outputTokens', usage?.output_tokens);
    this.#note('cacheCreationTokens', usage?.cache_creation_input_tokens);
    this.#note('cacheReadTokens', usage?.cache_read_input_tokens);
    this.#note('cacheHourTokens', usage?.cache_creation?.ephemeral_1h_input_tokens);
    this.#note('webSearches', usage?.server_tool_use?.web_search_requests);
    this.#note('stopReason', delta?.stop_reason ?? stopReason);
    this.#note('upstreamError', error?.type);
  }

  #note(name: string, value: string | number | null | undefined): void {
    if (value !== null && value !== undefined) this.#annotations[name] = value;
  }
}

/**
 * Passes a body on unchanged and lets the meter read it at the end. With `whole`, a body that is not
 * JSON then was cut short, though its connection ended as if it were complete: throws `upstream_disconnected`.
 */
export async function* readUsage(
  chunks: AsyncIterable<Uint8Array>,
  meter: UsageMeter,
  { whole }: { whole: boolean },
): AsyncGenerator<Uint8Array> {
  const seen: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size <= READ_BYTES_MAX) seen.push(chunk);
    yield chunk;
  }
  if (size > READ_BYTES_MAX) return;
  const isJson = meter.reply(Buffer.concat(seen).toString('utf8'));
  if (whole && !isJson) throw new LlmpError('upstream_disconnected');
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
