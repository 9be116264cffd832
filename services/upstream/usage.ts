// Reads what a response cost from the response itself: `usage` of a message, or of `message_start` and
// the cumulative `message_delta` of a stream. A response without usage is relayed all the same.

import * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';
import type { Annotations } from '../../shared/annotations.ts';
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

export class UsageMeter {
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

  /** Reads one event of a stream. */
  readonly event = (name: string, event: Uint8Array): void => {
    if (!EVENTS_WITH_USAGE.has(name)) return;
    const text = Buffer.from(event.buffer, event.byteOffset, event.byteLength).toString('utf8');
    const data = text.split(/\r\n|\n|\r/).filter((line) => line.startsWith('data:'));
    this.readJson(data.map((line) => line.slice('data:'.length)).join('\n'));
  };

  /** Reads the JSON of a buffered response or of an event's data; false when it is not JSON. */
  readJson(json: string): boolean {
    const value = jsonOrUndefined(json);
    const parsed = messageOrEvent.safeParse(value);
    if (parsed.success) this.#read(parsed.data.message ?? parsed.data);
    return value !== undefined;
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

/**
 * Relays a buffered body unchanged and meters it at its end.
 * @throws `upstream_disconnected` with `mustBeJson` where the body is not JSON: it was cut short, although
 * its connection ended cleanly
 */
export async function* readUsage(
  chunks: AsyncIterable<Uint8Array>,
  meter: UsageMeter,
  { mustBeJson }: { mustBeJson: boolean },
): AsyncGenerator<Uint8Array> {
  const seen: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size <= READ_BYTES_MAX) seen.push(chunk);
    yield chunk;
  }
  if (size > READ_BYTES_MAX) return;
  const isJson = meter.readJson(Buffer.concat(seen).toString('utf8'));
  if (mustBeJson && !isJson) throw new LlmpError('upstream_disconnected');
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
