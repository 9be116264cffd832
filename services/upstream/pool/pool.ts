// Combines several upstreams into one transport. Retries a failed call on another upstream, with another
// key, or after a pause. Returns the last response, also a failed one, with headers that name its upstream.

import { pause, type Clock } from '../../../shared/runtime/clock.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import { WatchedItems } from '../../../shared/runtime/polled.ts';
import { replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import { drain } from '../http/peeked-body.ts';
import type { Transport, UpstreamRequest, UpstreamResponse } from '../transport.ts';
import type { CallOutcome } from './call-outcome.ts';
import { choiceId, choiceIds, chooseEndpoint, type EndpointChoice } from './choose-endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { pinnedCall } from './pinned-call.ts';
import { namedModels, withModel, type NamedModel } from './model-field.ts';
import { routeOf, SUSPEND_MS, verdictOf, type ResponseVerdict } from './response-verdict.ts';
import { RetryBudget } from './retry-budget.ts';

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

export function createPool(options: PoolOptions): Transport {
  const budget = new RetryBudget();

  return async (request) => {
    if (request.passThrough) return await pinnedCall(options.endpoints, request);
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
  readonly #route: string;
  /** Choices that would fail again. */
  readonly #finished = new Set<string>();
  #attempts = 0;
  /** Reported by attempts that failed. */
  #discardedTokens = 0;
  #last: CallOutcome | undefined;
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
    this.#route = routeOf(request.path);
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
    const { calls } = this.#request;
    while (calls?.mayRepeat !== false && this.#attempts < Math.min(maxAttempts, attemptsMax)) {
      const choice =
        this.#chooseEndpoint(model, tried) ??
        (remaining > 0 ? undefined : await this.#chooseAfterPause(model, tried));
      if (!choice) return undefined;
      // A missing model is not an outage, so its retries do not use the budget.
      const isFree = this.#attempts === 0 || this.#last?.isWithoutModel;
      if (!isFree && !this.#budget.spend()) return undefined;
      tried.add(choiceId(choice));
      if (this.#last && 'response' in this.#last) await drain(this.#last.response.body, clock);
      this.#attempts += 1;
      const outcome = await this.#call(choice, clock, model !== this.#requestedModel);
      this.#last = outcome;
      if ('response' in outcome && !outcome.isRetriable) return outcome.response;
      // The upstream failed, so its other keys would fail as well.
      const ids = outcome.isWithoutModel
        ? this.#idsWithoutModel(model)
        : outcome.isFailure
          ? choiceIds(choice.endpoint)
          : [choiceId(choice)];
      for (const id of ids) {
        tried.add(id);
        if (outcome.isFinalHere && !outcome.isWithoutModel) this.#finished.add(id);
      }
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
    const nowMs = clock.monotonic();
    return chooseEndpoint({ endpoints, model, route: this.#route, tried, nowMs, random });
  }

  /** The ids of all endpoints that do not have a model, as far as is known. */
  #idsWithoutModel(model: string | undefined): string[] {
    const { endpoints, clock } = this.#options;
    const nowMs = clock.monotonic();
    return endpoints
      .filter((endpoint) => endpoint.isAvoided(endpoint.modelName(model) || this.#route, nowMs))
      .flatMap(choiceIds);
  }

  /** Waits until an endpoint is available again, if that is soon enough, and chooses anew. */
  async #chooseAfterPause(
    model: string | undefined,
    tried: Set<string>,
  ): Promise<EndpointChoice | undefined> {
    const { endpoints, clock, waitMsMax } = this.#options;
    const finished = new Set([...this.#finished, ...this.#idsWithoutModel(model)]);
    const serving = endpoints.filter(
      (endpoint) =>
        endpoint.modelName(model) !== undefined &&
        choiceIds(endpoint).some((id) => !finished.has(id)),
    );
    const readyMs = Math.min(...serving.map((endpoint) => endpoint.firstReadyMs()));
    const advisedMs = this.#last && 'response' in this.#last ? this.#last.waitMs : undefined;
    const backoffMs = this.#attempts === 0 ? 0 : BACKOFF_MS * 2 ** (this.#attempts - 1);
    const waitMs = Math.max(readyMs - clock.monotonic(), advisedMs ?? backoffMs);
    if (!(waitMs <= waitMsMax)) return undefined;
    await pause(clock, waitMs, this.#request.signal);
    this.#request.signal.throwIfAborted();
    tried.clear();
    for (const id of finished) tried.add(id);
    return this.#chooseEndpoint(model, tried);
  }

  async #call(
    { endpoint, key, model }: EndpointChoice,
    clock: Clock,
    isFallback: boolean,
  ): Promise<CallOutcome> {
    const { transport, headers, headersTimeoutMs } = endpoint.options;
    // Before the time for the headers begins.
    if (this.#request.calls) await this.#request.calls.ready();
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
        onHead: cancelTimer,
      });
      this.#request.calls?.settled();
      const verdict = verdictOf({ ...response, route: this.#route }, clock.now());
      const { isRetriable, isFinalHere, isFailure, waitMs, avoidModelMs } = verdict;
      this.#rest(endpoint, key, model, verdict);
      this.#record(endpoint, isFailure ? 'failure' : 'success');
      return {
        response: this.#annotated(response, endpoint, model, isFallback),
        isRetriable,
        isFinalHere,
        isFailure,
        isWithoutModel: avoidModelMs > 0,
        waitMs,
      };
    } catch (thrown) {
      if (outer.aborted) {
        this.#record(endpoint, 'abandoned');
        throw thrown;
      }
      this.#record(endpoint, 'failure');
      const cause: unknown = timeout.signal.aborted ? timeout.signal.reason : thrown;
      const failure = LlmpError.from(cause, 'upstream_unreachable');
      const error = failure.annotated(this.#facts(endpoint, failure.annotations));
      const isFinalHere = error.code === 'upstream_invalid_response';
      if (isFinalHere) endpoint.suspendAll(clock.monotonic() + SUSPEND_MS);
      return { error, isFinalHere, isFailure: true };
    } finally {
      cancelTimer();
    }
  }

  #rest(endpoint: Endpoint, key: number, model: string, verdict: ResponseVerdict): void {
    const nowMs = this.#options.clock.monotonic();
    const { suspendMs, suspendAllMs, avoidRouteMs, avoidModelMs } = verdict;
    if (suspendMs > 0) endpoint.suspend(key, nowMs + suspendMs);
    if (suspendAllMs > 0) endpoint.suspendAll(nowMs + suspendAllMs);
    if (avoidRouteMs > 0) endpoint.avoid(this.#route, nowMs + avoidRouteMs);
    // A request for one model has it in its path.
    if (avoidModelMs > 0) endpoint.avoid(model || this.#route, nowMs + avoidModelMs);
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
    return {
      ...response,
      headers: replaceHeaders(response.headers, headers),
      body: new WatchedItems(response.body, recordFailure),
      annotations: {
        ...response.annotations,
        ...this.#facts(endpoint, response.annotations),
        ...(isFallback ? { fallbackModel: model } : {}),
      },
    };
  }

  /** For the log line, of the attempts up to now. */
  #facts(endpoint: Endpoint, { discardedTokens }: Annotations = {}): Annotations {
    if (typeof discardedTokens === 'number') this.#discardedTokens += discardedTokens;
    return {
      upstream: endpoint.options.name,
      upstreamTries: this.#attempts,
      ...(this.#discardedTokens > 0 ? { discardedTokens: this.#discardedTokens } : {}),
    };
  }

  #record(endpoint: Endpoint, event: 'success' | 'failure' | 'abandoned'): void {
    const { clock, health } = this.#options;
    if (endpoint.record(event, clock.monotonic()))
      health(endpoint.options.name, endpoint.breaker.kind);
  }
}
