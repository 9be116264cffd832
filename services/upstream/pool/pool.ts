// Several upstreams as one: a call goes to one that has the model and is well; where it fails before
// its head, to another, with another key, or to the same after a pause. What is answered in the end is
// passed on as it came, failures included, and says who answered.

import { pause, type Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { Transport, UpstreamResponse, UpstreamRequest } from '../transport.ts';
import { choiceId, choose, idsOf, type Choice } from './choose.ts';
import type { Endpoint } from './endpoint.ts';
import { namedModel, withModel } from './model-field.ts';
import { verdictOf } from './response-verdict.ts';
import { RetryBudget } from './retry-budget.ts';

export interface PoolOptions {
  readonly endpoints: readonly Endpoint[];
  /** Calls for one request. */
  readonly maxAttempts: number;
  /** Models that may answer in place of another. */
  readonly fallbacks: Readonly<Record<string, readonly string[]>>;
  readonly clock: Clock;
  readonly random: () => number;
  /** The longest pause for which a request is held. */
  readonly waitMsMax: number;
  /** Told when an upstream is left alone, and when it is well again. */
  readonly health: (upstream: string, state: string) => void;
}

/** The pause before an upstream is asked again that did not say how long to wait. */
const BACKOFF_MS = 250;

/** How one call ended: with a reply, or without. */
type Outcome =
  | {
      readonly reply: UpstreamResponse;
      readonly isRetriable: boolean;
      readonly isFailure: boolean;
      readonly waitMs?: number;
    }
  | { readonly error: LlmpError; readonly isFailure: true };

export function createPool(options: PoolOptions): Transport {
  const budget = new RetryBudget();

  return async (request) => {
    budget.earn();
    const asked = request.method === 'GET' ? undefined : namedModel(request.body);
    const run = new PoolRun(options, budget, request, asked);
    const models = [asked, ...fallbacksOf(options, asked)];
    for (const [index, model] of models.entries()) {
      const reply = await run.ask(model, models.length - 1 - index);
      if (reply) return reply;
    }
    return run.last();
  };
}

function fallbacksOf({ fallbacks }: PoolOptions, asked: string | undefined): readonly string[] {
  if (asked === undefined || !Object.hasOwn(fallbacks, asked)) return [];
  return fallbacks[asked] ?? [];
}

/** All calls for one request. */
class PoolRun {
  readonly #options: PoolOptions;
  readonly #budget: RetryBudget;
  readonly #request: UpstreamRequest;
  readonly #asked: string | undefined;
  #attempts = 0;
  #last: Outcome | undefined;
  #isServed = false;

  constructor(
    options: PoolOptions,
    budget: RetryBudget,
    request: UpstreamRequest,
    asked: string | undefined,
  ) {
    this.#options = options;
    this.#budget = budget;
    this.#request = request;
    this.#asked = asked;
  }

  /**
   * The reply that counts; undefined where no upstream has given one that does. Leaves a call each for
   * the `others`, models that come after: another model now is better than the same one later.
   */
  async ask(model: string | undefined, others: number): Promise<UpstreamResponse | undefined> {
    const { clock, maxAttempts } = this.#options;
    const tried = new Set<string>();
    const attemptsMax = Math.max(this.#attempts + 1, maxAttempts - others);
    while (this.#attempts < Math.min(maxAttempts, attemptsMax)) {
      const choice =
        this.#choose(model, tried) ??
        (others > 0 ? undefined : await this.#afterPause(model, tried));
      if (!choice) return undefined;
      if (this.#attempts > 0 && !this.#budget.spend()) return undefined;
      tried.add(choiceId(choice));
      if (this.#attempts > 0) await this.#drop();
      this.#attempts += 1;
      const outcome = await this.#call(choice, clock, model !== this.#asked);
      this.#last = outcome;
      if ('reply' in outcome && !outcome.isRetriable) return outcome.reply;
      // Its other keys lead to the same trouble.
      if (outcome.isFailure) for (const id of idsOf(choice.endpoint)) tried.add(id);
    }
    return undefined;
  }

  /** What the last call came to, as it is; or that there was nobody to call. */
  last(): UpstreamResponse {
    if (this.#last) {
      if ('reply' in this.#last) return this.#last.reply;
      throw this.#last.error;
    }
    if (!this.#isServed) throw new LlmpError('not_found', 'No upstream has this model.');
    throw new LlmpError('no_healthy_upstream');
  }

  #choose(model: string | undefined, tried: ReadonlySet<string>): Choice | undefined {
    const { endpoints, clock, random } = this.#options;
    this.#isServed ||= endpoints.some((endpoint) => endpoint.modelName(model) !== undefined);
    return choose({ endpoints, model, tried, nowMs: clock.monotonic(), random });
  }

  /** Where all have been tried, or rest, the first that is ready again soon. */
  async #afterPause(model: string | undefined, tried: Set<string>): Promise<Choice | undefined> {
    const { endpoints, clock, waitMsMax } = this.#options;
    const able = endpoints.filter((endpoint) => endpoint.modelName(model) !== undefined);
    const readyMs = Math.min(...able.map((endpoint) => endpoint.firstReadyMs()));
    const asked = this.#last && 'reply' in this.#last ? this.#last.waitMs : undefined;
    const backoffMs = this.#attempts === 0 ? 0 : BACKOFF_MS * 2 ** (this.#attempts - 1);
    const waitMs = Math.max(readyMs - clock.monotonic(), asked ?? backoffMs);
    if (!(waitMs <= waitMsMax)) return undefined;
    await pause(clock, waitMs, this.#request.signal);
    this.#request.signal.throwIfAborted();
    tried.clear();
    return this.#choose(model, tried);
  }

  async #call(
    { endpoint, key, model }: Choice,
    clock: Clock,
    isFallback: boolean,
  ): Promise<Outcome> {
    const { transport, headers, headersTimeoutMs } = endpoint.options;
    const credential = endpoint.begin(key, clock.monotonic());
    const own = [...headers, ...credential];
    const late = new AbortController();
    const cancelTimer = clock.after(headersTimeoutMs, () => late.abort(new LlmpError('upstream_timeout')));
    const { signal: outer } = this.#request;
    try {
      const reply = await transport({
        ...this.#request,
        headers: replaceHeaders(this.#request.headers, own),
        body: model === '' ? this.#request.body : withModel(this.#request.body, model),
        signal: AbortSignal.any([outer, late.signal]),
      });
      const { isRetriable, isFailure, waitMs, restMs } = verdictOf(reply, clock.now());
      if (restMs > 0) endpoint.rest(key, clock.monotonic() + restMs);
      this.#tell(endpoint, isFailure ? 'failure' : 'success');
      return {
        reply: this.#named(reply, endpoint, model, isFallback),
        isRetriable,
        isFailure,
        ...(waitMs === undefined ? {} : { waitMs }),
      };
    } catch (thrown) {
      if (outer.aborted) {
        this.#tell(endpoint, 'abandoned');
        throw thrown;
      }
      this.#tell(endpoint, 'failure');
      const cause: unknown = late.signal.aborted ? late.signal.reason : thrown;
      return { error: LlmpError.from(cause, 'upstream_unreachable'), isFailure: true };
    } finally {
      cancelTimer();
    }
  }

  /** The reply with what it says of who gave it; a body that breaks off is a failure, too. */
  #named(
    reply: UpstreamResponse,
    endpoint: Endpoint,
    model: string,
    isFallback: boolean,
  ): UpstreamResponse {
    const { name } = endpoint.options;
    const isOther = this.#asked !== undefined && model !== this.#asked;
    const told = ['x-llmp-upstream', name, ...(isOther ? ['x-llmp-model', model] : [])];
    const fail = () => {
      if (!this.#request.signal.aborted) this.#tell(endpoint, 'failure');
    };
    async function* body(): AsyncGenerator<Uint8Array> {
      try {
        yield* reply.body;
      } catch (error) {
        fail();
        throw error;
      }
    }
    return {
      ...reply,
      headers: replaceHeaders(reply.headers, told),
      body: body(),
      annotations: {
        ...reply.annotations,
        upstream: name,
        upstreamTries: this.#attempts,
        ...(isFallback ? { fallbackModel: model } : {}),
      },
    };
  }

  #tell(endpoint: Endpoint, event: 'success' | 'failure' | 'abandoned'): void {
    const { clock, health } = this.#options;
    if (endpoint.tell(event, clock.monotonic()))
      health(endpoint.options.name, endpoint.breaker.kind);
  }

  /** Reads a reply that does not count to its end, so that its connection can be used again. */
  async #drop(): Promise<void> {
    if (!this.#last || !('reply' in this.#last)) return;
    let bytes = 0;
    try {
      for await (const chunk of this.#last.reply.body) {
        bytes += chunk.byteLength;
        if (bytes > DROPPED_BYTES_MAX) return;
      }
    } catch {
      // It was of no use before.
    }
  }
}

const DROPPED_BYTES_MAX = 64 * 1024;
