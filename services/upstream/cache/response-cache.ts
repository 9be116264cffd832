// Gives an answer again to the same request of the same key. Only what was whole and meant to be an end
// is kept; whoever asks while another asks the same waits for that one's answer. A store that fails is
// no reason to fail: then everybody asks the upstream.

import type { CachedResponse, ResponseCacheStore } from '../../../shared/store/response-cache.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { isEventStream, replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import { tryScanJson } from '../../../shared/json/parse.ts';
import { keepParsedDuring } from '../../../shared/anthropic/parsed-request.ts';
import { textProperty } from '../../../shared/json/edit.ts';
import type { Limits } from '../../../shared/limits.ts';
import { eventName, EventSplitter } from '../../../shared/anthropic/sse/event-splitter.ts';
import type { UpstreamReply } from '../transport.ts';
import { cacheKey } from './cache-key.ts';
import { MessageBuilder } from './message-builder.ts';
import { eventsOf } from './message-events.ts';

export interface ResponseCacheOptions {
  /** Opened when the first answer is looked for. */
  readonly answers: () => Promise<ResponseCacheStore>;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'cache'>;
  /** Version of the scrubber's rules, which decide about answers, too. */
  readonly rulesVersion: string;
  readonly onError: (error: unknown) => void;
}

export interface CacheRequest {
  readonly meta: Envelope;
  readonly body: Uint8Array;
  /** Name and version of the policy in force. */
  readonly policy: string;
  readonly signal: AbortSignal;
}

/** Answers that end in some other way are cut short, or go on. */
const ENDS = new Set(['end_turn', 'stop_sequence', 'tool_use']);

/** What a hit costs. */
const NOTHING_USED = {
  cache: 'hit',
  inputTokens: 0,
  outputTokens: 0,
  cacheCreationTokens: 0,
  cacheReadTokens: 0,
  cacheHourTokens: 0,
  webSearches: 0,
};

/** One request on its way, and those that wait for its answer. */
interface SingleFlight {
  readonly completed: Promise<CachedResponse | undefined>;
  waiting: number;
  /** Only the first time counts. */
  readonly land: (answer: CachedResponse | undefined) => void;
}

export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  readonly #singleFlights = new Map<string, SingleFlight>();

  constructor(options: ResponseCacheOptions) {
    this.#options = options;
  }

  /** The answer from here, or from `call`, of which this one keeps what may be kept. */
  async through(request: CacheRequest, call: () => Promise<UpstreamReply>): Promise<UpstreamReply> {
    const { meta, body, policy, signal } = request;
    if (!meta.cache) return await call();
    const { mode, ttlMs } = meta.cache;
    const versions = [policy, this.#options.rulesVersion];
    const key = mode === 'bypass' ? undefined : cacheKey({ meta, body, versions });
    if (key === undefined) return told(await call(), 'bypass');
    const singleFlight = mode === 'use' ? await this.#joined(key, signal) : this.#begun(key);
    if ('message' in singleFlight) return this.#again(singleFlight, meta.stream);
    signal.addEventListener('abort', () => singleFlight.land(undefined), { once: true });
    const known = mode === 'use' ? await keepParsedDuring(body, this.#find(key)) : undefined;
    if (known) {
      singleFlight.land(known);
      return this.#again(known, meta.stream);
    }
    return told(await this.#fresh(key, ttlMs, singleFlight, call), 'miss');
  }

  /**
   * The answer that another request waits for already, once it is whole; or a flight of our own. Nobody
   * waits twice: where one comes to nothing, the next may take as long.
   */
  async #joined(key: string, signal: AbortSignal): Promise<CachedResponse | SingleFlight> {
    const singleFlight = this.#singleFlights.get(key);
    if (!singleFlight || singleFlight.waiting >= this.#options.limits.cache.waitersMax)
      return this.#begun(key);
    singleFlight.waiting += 1;
    return (await orAborted(singleFlight.completed, signal)) ?? this.#begun(key);
  }

  /** A flight that others may wait for, unless there is one. */
  #begun(key: string): SingleFlight {
    const { promise: completed, resolve } = Promise.withResolvers<CachedResponse | undefined>();
    const singleFlight: SingleFlight = {
      completed,
      waiting: 0,
      land: (answer) => {
        if (this.#singleFlights.get(key) === singleFlight) this.#singleFlights.delete(key);
        resolve(answer);
      },
    };
    if (!this.#singleFlights.has(key)) this.#singleFlights.set(key, singleFlight);
    return singleFlight;
  }

  async #find(key: string): Promise<CachedResponse | undefined> {
    const { answers, clock, onError } = this.#options;
    try {
      return await (await answers()).answerTo(key, clock.now());
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  async #fresh(
    key: string,
    ttlMs: number,
    singleFlight: SingleFlight,
    call: () => Promise<UpstreamReply>,
  ): Promise<UpstreamReply> {
    try {
      const reply = await call();
      // What another model said is no answer of the one that was asked.
      if (reply.status === 200 && reply.annotations?.['fallbackModel'] === undefined) {
        const land = (message: string | undefined) =>
          singleFlight.land(message === undefined ? undefined : this.#keep(key, message, ttlMs));
        return { ...reply, body: this.#read(reply, land) };
      }
      singleFlight.land(undefined);
      return reply;
    } catch (error) {
      singleFlight.land(undefined);
      throw error;
    }
  }

  /** The same chunks; tells the message at their end, or that there is none that may be kept. */
  async *#read(
    { headers, body }: UpstreamReply,
    land: (message: string | undefined) => void,
  ): AsyncGenerator<Uint8Array> {
    const { entryBytesMax } = this.#options.limits.cache;
    const reader = isEventStream(headers) ? new StreamReader() : new WholeReader();
    let bytes = 0;
    let message: string | undefined;
    try {
      for await (const chunk of body) {
        bytes += chunk.byteLength;
        if (bytes <= entryBytesMax) reader.chunk(chunk);
        yield chunk;
      }
      if (bytes <= entryBytesMax) message = reader.message();
    } finally {
      land(message !== undefined && mayBeKept(message) ? message : undefined);
    }
  }

  #keep(key: string, message: string, ttlMs: number): CachedResponse {
    const { answers, clock, onError } = this.#options;
    const answer = { storedAtMs: clock.now(), message };
    answers()
      .then((kept) => kept.saveResponse(key, answer, ttlMs))
      .catch(onError);
    return answer;
  }

  #again({ storedAtMs, message }: CachedResponse, isStream: boolean): UpstreamReply {
    const ageSeconds = Math.max(0, Math.floor((this.#options.clock.now() - storedAtMs) / 1_000));
    const type = isStream ? 'text/event-stream; charset=utf-8' : 'application/json';
    return {
      status: 200,
      headers: ['content-type', type, 'x-llmp-cache', 'hit', 'age', String(ageSeconds)],
      body: isStream ? chunksOf(eventsOf(message)) : chunksOf([message]),
      annotations: NOTHING_USED,
    };
  }
}

function told(reply: UpstreamReply, what: 'miss' | 'bypass'): UpstreamReply {
  return {
    ...reply,
    headers: replaceHeaders(reply.headers, ['x-llmp-cache', what]),
    annotations: { ...reply.annotations, cache: what },
  };
}

/** A message that has come to its own end. */
function mayBeKept(message: string): boolean {
  const root = tryScanJson(message);
  if (!root || textProperty(root, message, 'type') !== 'message') return false;
  return ENDS.has(textProperty(root, message, 'stop_reason') ?? '');
}

class StreamReader {
  readonly #splitter = new EventSplitter();
  readonly #builder = new MessageBuilder();

  chunk(bytes: Uint8Array): void {
    for (const event of this.#splitter.push(bytes)) this.#builder.event(eventName(event), event);
  }

  message(): string | undefined {
    for (const event of this.#splitter.end()) this.#builder.event(eventName(event), event);
    return this.#splitter.restBytes === 0 ? this.#builder.message : undefined;
  }
}

class WholeReader {
  readonly #chunks: Uint8Array[] = [];

  chunk(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
  }

  message(): string | undefined {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

async function* chunksOf(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** Rejects with the reason of the signal where that comes first. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
