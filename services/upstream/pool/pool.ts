// Combines several upstreams into one transport. A call that fails before its headers is retried on
// another upstream, with another key, or after a pause. The last response is returned unchanged, also
// if it is a failure, with headers that name its upstream.

import { pause, type Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { JsonString } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt, stringLiteral } from '../../../shared/json/edit.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
import { replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { Transport, UpstreamRequest, UpstreamResponse } from '../transport.ts';
import { choiceId, choiceIds, chooseEndpoint, type EndpointChoice } from './choose-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { verdictOf } from './response-verdict.ts';

export interface PoolOptions {
  readonly endpoints: readonly Endpoint[];
  /** Calls per request. */
  readonly maxAttempts: number;
  /** Models that may replace another. */
  readonly fallbacks: Readonly<Record<string, readonly string[]>>;
  readonly limits: JsonLimits;
  readonly clock: Clock;
  readonly random: () => number;
  /** The longest pause for which a request is held. */
  readonly waitMsMax: number;
  /** Called when the breaker of an upstream changes its state. */
  readonly health: (upstream: string, state: string) => void;
}

/** The first pause before retrying an upstream that names no wait. */
const BACKOFF_MS = 250;

/** Responses up to this size are drained before a retry. */
const DRAINED_BYTES_MAX = 64 * 1024;

/** How one call ended: with a response or with an error. */
type Outcome =
  | {
      readonly response: UpstreamResponse;
      readonly isRetriable: boolean;
      readonly isFailure: boolean;
      readonly waitMs?: number;
    }
  | { readonly error: LlmpError; readonly isFailure: true };

export function createPool(options: PoolOptions): Transport {
  const budget = new RetryBudget();

  return async (request) => {
    budget.earn();
    const named = namedModels(request, options.limits);
    request.body.dropParsed();
    const requestedModel = named.at(-1)?.name;
    const run = new PoolRun(options, budget, request, named);
    const models = [requestedModel, ...fallbacksOf(options, requestedModel)];
    for (const [index, model] of models.entries()) {
      const response = await run.tryModel(model, models.length - 1 - index);
      if (response) return response;
    }
    return run.lastResult();
  };
}

function fallbacksOf({ fallbacks }: PoolOptions, model: string | undefined): readonly string[] {
  if (model === undefined || !Object.hasOwn(fallbacks, model)) return [];
  return fallbacks[model] ?? [];
}

/** All calls of one request. */
class PoolRun {
  readonly #options: PoolOptions;
  readonly #budget: RetryBudget;
  readonly #request: UpstreamRequest;
  readonly #named: readonly NamedModel[];
  readonly #requestedModel: string | undefined;
  #attempts = 0;
  #last: Outcome | undefined;
  #isServed = false;

  constructor(
    options: PoolOptions,
    budget: RetryBudget,
    request: UpstreamRequest,
    named: readonly NamedModel[],
  ) {
    this.#options = options;
    this.#budget = budget;
    this.#request = request;
    this.#named = named;
    this.#requestedModel = named.at(-1)?.name;
  }

  /**
   * Calls upstreams until one gives a final response; `undefined` if none does. Reserves one attempt
   * for each of the `remaining` models: another model now is better than the same one later.
   */
  async tryModel(
    model: string | undefined,
    remaining: number,
  ): Promise<UpstreamResponse | undefined> {
    const { clock, maxAttempts } = this.#options;
    const tried = new Set<string>();
    const attemptsMax = Math.max(this.#attempts + 1, maxAttempts - remaining);
    while (this.#attempts < Math.min(maxAttempts, attemptsMax)) {
      const choice =
        this.#chooseEndpoint(model, tried) ??
        (remaining > 0 ? undefined : await this.#chooseAfterPause(model, tried));
      if (!choice) return undefined;
      if (this.#attempts > 0 && !this.#budget.spend()) return undefined;
      tried.add(choiceId(choice));
      if (this.#attempts > 0) await this.#drainLast();
      this.#attempts += 1;
      const outcome = await this.#call(choice, clock, model !== this.#requestedModel);
      this.#last = outcome;
      if ('response' in outcome && !outcome.isRetriable) return outcome.response;
      // The upstream failed, so its other keys would fail as well.
      if (outcome.isFailure) for (const id of choiceIds(choice.endpoint)) tried.add(id);
    }
    return undefined;
  }

  /** The result of the last call; throws if it failed or no upstream was available. */
  lastResult(): UpstreamResponse {
    if (this.#last) {
      if ('response' in this.#last) return this.#last.response;
      throw this.#last.error;
    }
    if (!this.#isServed) throw new LlmpError('not_found', 'No upstream has this model.');
    throw new LlmpError('no_healthy_upstream');
  }

  #chooseEndpoint(
    model: string | undefined,
    tried: ReadonlySet<string>,
  ): EndpointChoice | undefined {
    const { endpoints, clock, random } = this.#options;
    this.#isServed ||= endpoints.some((endpoint) => endpoint.modelName(model) !== undefined);
    return chooseEndpoint({ endpoints, model, tried, nowMs: clock.monotonic(), random });
  }

  /** Waits until an endpoint is available again, if that is soon enough, and chooses anew. */
  async #chooseAfterPause(
    model: string | undefined,
    tried: Set<string>,
  ): Promise<EndpointChoice | undefined> {
    const { endpoints, clock, waitMsMax } = this.#options;
    const serving = endpoints.filter((endpoint) => endpoint.modelName(model) !== undefined);
    const readyMs = Math.min(...serving.map((endpoint) => endpoint.firstReadyMs()));
    const advisedMs = this.#last && 'response' in this.#last ? this.#last.waitMs : undefined;
    const backoffMs = this.#attempts === 0 ? 0 : BACKOFF_MS * 2 ** (this.#attempts - 1);
    const waitMs = Math.max(readyMs - clock.monotonic(), advisedMs ?? backoffMs);
    if (!(waitMs <= waitMsMax)) return undefined;
    await pause(clock, waitMs, this.#request.signal);
    this.#request.signal.throwIfAborted();
    tried.clear();
    return this.#chooseEndpoint(model, tried);
  }

  async #call(
    { endpoint, key, model }: EndpointChoice,
    clock: Clock,
    isFallback: boolean,
  ): Promise<Outcome> {
    const { transport, headers, headersTimeoutMs } = endpoint.options;
    const credential = endpoint.begin(key, clock.monotonic());
    const own = [...headers, ...credential];
    const timeout = new AbortController();
    const cancelTimer = clock.after(headersTimeoutMs, () =>
      timeout.abort(new LlmpError('upstream_timeout')),
    );
    const { signal: outer } = this.#request;
    try {
      const response = await transport({
        ...this.#request,
        headers: replaceHeaders(this.#request.headers, own),
        body: model === '' ? this.#request.body : withModel(this.#request.body, this.#named, model),
        signal: AbortSignal.any([outer, timeout.signal]),
      });
      const { isRetriable, isFailure, waitMs, suspendMs } = verdictOf(response, clock.now());
      if (suspendMs > 0) endpoint.suspend(key, clock.monotonic() + suspendMs);
      this.#record(endpoint, isFailure ? 'failure' : 'success');
      return {
        response: this.#annotated(response, endpoint, model, isFallback),
        isRetriable,
        isFailure,
        ...(waitMs === undefined ? {} : { waitMs }),
      };
    } catch (thrown) {
      if (outer.aborted) {
        this.#record(endpoint, 'abandoned');
        throw thrown;
      }
      this.#record(endpoint, 'failure');
      const cause: unknown = timeout.signal.aborted ? timeout.signal.reason : thrown;
      return { error: LlmpError.from(cause, 'upstream_unreachable'), isFailure: true };
    } finally {
      cancelTimer();
    }
  }

  /** The response, naming its upstream; a body that breaks off also counts as a failure. */
  #annotated(
    response: UpstreamResponse,
    endpoint: Endpoint,
    model: string,
    isFallback: boolean,
  ): UpstreamResponse {
    const { name } = endpoint.options;
    const isRenamed = this.#requestedModel !== undefined && model !== this.#requestedModel;
    const headers = ['x-llmp-upstream', name, ...(isRenamed ? ['x-llmp-model', model] : [])];
    const recordFailure = () => {
      if (!this.#request.signal.aborted) this.#record(endpoint, 'failure');
    };
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        yield* response.body;
      } catch (error) {
        recordFailure();
        throw error;
      }
    }
    return {
      ...response,
      headers: replaceHeaders(response.headers, headers),
      body: body(),
      annotations: {
        ...response.annotations,
        upstream: name,
        upstreamTries: this.#attempts,
        ...(isFallback ? { fallbackModel: model } : {}),
      },
    };
  }

  #record(endpoint: Endpoint, event: 'success' | 'failure' | 'abandoned'): void {
    const { clock, health } = this.#options;
    if (endpoint.record(event, clock.monotonic()))
      health(endpoint.options.name, endpoint.breaker.kind);
  }

  /** Drains the discarded response, so that its connection can be reused. */
  async #drainLast(): Promise<void> {
    if (!this.#last || !('response' in this.#last)) return;
    let bytes = 0;
    try {
      for await (const chunk of this.#last.response.body) {
        bytes += chunk.byteLength;
        if (bytes > DRAINED_BYTES_MAX) return;
      }
    } catch {
      // The response was discarded anyway.
    }
  }
}

/** Retries earned per request: one in five. */
const RETRIES_PER_REQUEST = 0.2;
/** Upper bound of saved retries, for bursts of failures. */
const SAVED_RETRIES_MAX = 20;

/** Bounds retries over all requests, because retrying everything makes an outage worse. */
class RetryBudget {
  #saved = SAVED_RETRIES_MAX;

  earn(): void {
    this.#saved = Math.min(SAVED_RETRIES_MAX, this.#saved + RETRIES_PER_REQUEST);
  }

  /** Takes one retry; false if none is left. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

/** A `model` field of the body. */
interface NamedModel {
  readonly name: string;
  readonly node: JsonString;
}

/** Every `model` of the body, including duplicates; most parsers take the last one. */
function namedModels({ method, body }: UpstreamRequest, limits: JsonLimits): readonly NamedModel[] {
  if (method === 'GET' || body.size === 0) return [];
  const { text, root } = body.parseTopLevel(limits);
  return [...everyProperty(root, text, 'model')]
    .filter((node) => node.kind === 'string')
    .map((node) => ({ name: stringAt(text, node), node }));
}

/** Replaces every `model` and nothing else. */
function withModel(body: RequestBody, named: readonly NamedModel[], model: string): RequestBody {
  const edits = named
    .filter(({ name }) => name !== model)
    .map(({ node: { start, end } }) => ({ start, end, text: stringLiteral(model) }));
  return edits.length === 0 ? body : body.edit(edits);
}
