// The error catalogue. Statuses and retry hints follow the observed behavior of the SDKs and
// Claude Code: they repeat a 401 without `x-should-retry: false` ten times.

import { pairsOf } from './runtime/raw-headers.ts';
import type { Annotations } from './annotations.ts';
import type { TokenUsage } from './token-usage.ts';

/**
 * Largest `retry-after`: above it Claude Code gives up at once, and SDKs wait all of it
 * (docs/anthropic-contract.md#retries-and-timeouts).
 */
export const WAIT_SECONDS_MAX = 45;

interface CatalogueEntry {
  readonly status: number;
  /** Anthropic `error.type`. */
  readonly type: string;
  /** Value of `x-should-retry`; if absent, clients decide by status. */
  readonly retry?: boolean;
  /** Value of `retry-after`; at most WAIT_SECONDS_MAX. */
  readonly retryAfterSeconds?: number;
  /** Default message. */
  readonly message: string;
}

const CATALOGUE = {
  invalid_json: entry(400, 'invalid_request_error', 'The request body is not valid JSON.'),
  invalid_request: entry(400, 'invalid_request_error', 'The request is not valid.'),
  policy_blocked: entry(400, 'policy_blocked', 'The request is blocked by policy.', {
    retry: false,
  }),
  model_without_price: entry(
    400,
    'invalid_request_error',
    'The key has a budget, and no price is known for a model of the request.',
    { retry: false },
  ),
  invalid_api_key: entry(401, 'authentication_error', 'The API key is not valid.', {
    retry: false,
  }),
  pass_through_refused: entry(
    403,
    'permission_error',
    'The endpoint goes to the upstream as it comes, where the limits of this key cannot be enforced.',
    { retry: false },
  ),
  client_disconnected: entry(
    499,
    'api_error',
    'The client disconnected before the response was complete.',
  ),
  not_found: entry(404, 'not_found_error', 'The requested resource was not found.'),
  not_supported: entry(404, 'not_found_error', 'The gateway does not serve this endpoint.', {
    retry: false,
  }),
  method_not_allowed: entry(
    405,
    'invalid_request_error',
    'This path does not have the method of the request.',
  ),
  request_timeout: entry(408, 'timeout_error', 'The request did not arrive in time.'),
  conflict: entry(
    409,
    'conflict_error',
    'Another operation on this resource is running; try again soon.',
  ),
  request_too_large: entry(413, 'request_too_large', 'The request is larger than allowed.'),
  unsupported_media_type: entry(
    415,
    'invalid_request_error',
    'The content type must be application/json.',
  ),
  expectation_failed: entry(
    417,
    'invalid_request_error',
    'The only expectation the gateway meets is 100-continue.',
  ),
  too_many_auth_failures: entry(
    429,
    'rate_limit_error',
    'Too many invalid API keys from this address.',
    {
      retryAfterSeconds: WAIT_SECONDS_MAX,
    },
  ),
  rate_limited: entry(429, 'rate_limit_error', 'The rate limit of this key was reached.', {
    retryAfterSeconds: 1,
  }),
  budget_exceeded: entry(429, 'billing_error', 'The budget of this key is spent.', {
    retry: false,
    retryAfterSeconds: WAIT_SECONDS_MAX,
  }),
  headers_too_large: entry(431, 'invalid_request_error', 'The request headers are too large.'),
  internal: entry(500, 'api_error', 'The gateway failed to handle the request.'),
  stage_failed: entry(500, 'api_error', 'A gateway stage failed; the request was not forwarded.'),
  request_quarantined: entry(
    500,
    'api_error',
    'The request stopped several gateway workers and is not tried again.',
    { retry: false },
  ),
  upstream_unreachable: entry(502, 'api_error', 'The upstream could not be reached.'),
  upstream_disconnected: entry(
    502,
    'api_error',
    'The upstream disconnected before the response was complete.',
  ),
  upstream_redirected: entry(
    502,
    'api_error',
    'The upstream redirects to another address, which the gateway does not follow.',
  ),
  upstream_invalid_response: entry(
    502,
    'api_error',
    'The upstream did not respond in the format of the Messages API.',
  ),
  body_unreachable: entry(
    502,
    'api_error',
    'A gateway worker could not fetch the request body from the process that holds it.',
  ),
  worker_lost: entry(
    502,
    'api_error',
    'A gateway worker stopped responding while it processed the request.',
  ),
  no_workers: entry(503, 'api_error', 'A gateway stage has no running worker.', {
    retryAfterSeconds: 2,
  }),
  bus_down: entry(503, 'api_error', 'The message broker of the gateway does not respond.', {
    retryAfterSeconds: 2,
  }),
  version_mismatch: entry(
    503,
    'api_error',
    'Two parts of the gateway run versions that do not understand each other.',
    { retryAfterSeconds: 2 },
  ),
  store_down: entry(503, 'api_error', 'The key store does not respond.', { retryAfterSeconds: 2 }),
  draining: entry(503, 'api_error', 'The gateway is shutting down.', { retryAfterSeconds: 1 }),
  recognizer_failed: entry(
    503,
    'api_error',
    'The recognizer of names that the scrub rules name failed; the request was not forwarded.',
    { retryAfterSeconds: 2 },
  ),
  policy_check_failed: entry(503, 'api_error', 'A check required by the policy did not complete.', {
    retryAfterSeconds: 2,
  }),
  retrieval_failed: entry(503, 'api_error', 'The document collections could not be searched.', {
    retryAfterSeconds: 2,
  }),
  stage_timeout: entry(504, 'timeout_error', 'A gateway stage did not finish in time.'),
  upstream_timeout: entry(504, 'timeout_error', 'The upstream did not respond in time.'),
  deadline_exceeded: entry(
    504,
    'timeout_error',
    'The request took longer than the gateway allows.',
  ),
  no_healthy_upstream: entry(529, 'overloaded_error', 'No upstream can accept the request now.', {
    retryAfterSeconds: 2,
  }),
  overloaded: entry(529, 'overloaded_error', 'The gateway is at capacity.', {
    retryAfterSeconds: 2,
  }),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** All codes, for validation on the bus and for documentation. */
export const ERROR_CODES = Object.keys(CATALOGUE) as [ErrorCode, ...ErrorCode[]];

const EMPTY = Object.freeze({});

export interface LlmpErrorOptions {
  readonly cause?: unknown;
  /** Overrides the catalogue when the wait is known. */
  readonly retryAfterSeconds?: number;
  /** Overrides the catalogue. */
  readonly retry?: boolean;
  /** Additional response headers as raw pairs. */
  readonly headers?: readonly string[];
  /** Sent to the client with the code, such as the rule that blocked the request. */
  readonly details?: Readonly<Record<string, string>>;
  /** For the request's log line and ledger entry. */
  readonly annotations?: Annotations;
  /** Usage of a response that was withheld but is billed. */
  readonly usage?: TokenUsage;
}

/**
 * An error the client sees. `message` never contains prompt text, credentials or addresses;
 * `cause` only reaches the log.
 */
export class LlmpError extends Error {
  override readonly name = 'LlmpError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly type: string;
  readonly retry: boolean | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly details: Readonly<Record<string, string>>;
  readonly annotations: Annotations;
  readonly usage: TokenUsage | undefined;
  readonly #headers: readonly string[];

  constructor(code: ErrorCode, message?: string, options: LlmpErrorOptions = {}) {
    const catalogued: CatalogueEntry = CATALOGUE[code];
    super(message ?? catalogued.message, options);
    this.code = code;
    this.status = catalogued.status;
    this.type = catalogued.type;
    this.retry = options.retry ?? catalogued.retry;
    this.#headers = options.headers ?? [];
    this.details = options.details ?? EMPTY;
    this.annotations = options.annotations ?? EMPTY;
    this.usage = options.usage;
    this.retryAfterSeconds = options.retryAfterSeconds ?? catalogued.retryAfterSeconds;
  }

  /** Wraps any thrown value; returns an LlmpError unchanged. */
  static from(thrown: unknown, code: ErrorCode = 'internal'): LlmpError {
    return thrown instanceof LlmpError ? thrown : new LlmpError(code, undefined, { cause: thrown });
  }

  /** The same error with more annotations, and with the usage of a response that it withholds. */
  annotated(annotations: Annotations, usage?: TokenUsage): LlmpError {
    const paid = this.usage ?? usage;
    return new LlmpError(this.code, this.message, {
      cause: this.cause,
      ...(this.retry === undefined ? {} : { retry: this.retry }),
      ...(this.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: this.retryAfterSeconds }),
      headers: this.#headers,
      details: this.details,
      annotations: { ...this.annotations, ...annotations },
      ...(paid === undefined ? {} : { usage: paid }),
    });
  }

  /** Response headers beyond content type and request id. */
  headers(): Record<string, string> {
    return {
      ...Object.fromEntries(pairsOf(this.#headers)),
      ...(this.retry === undefined ? {} : { 'x-should-retry': String(this.retry) }),
      ...(this.retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(this.retryAfterSeconds) }),
    };
  }
}

/** The error of a body that holds more than is read. */
export function tooManyValues(bounds: {
  readonly valuesMax: number;
  readonly depthMax: number;
}): LlmpError {
  const { valuesMax, depthMax } = bounds;
  const message = `body: has more than ${valuesMax} values, or more than ${depthMax} levels`;
  return new LlmpError('invalid_request', message);
}

/**
 * Anthropic's error envelope, also used as data of a mid-stream `event: error`. SDKs (1.5 and
 * later) read the specific code from `details.error_code`.
 */
export function errorEnvelope(error: LlmpError, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: {
      type: error.type,
      message: error.message,
      details: { error_code: error.code, ...error.details },
    },
    request_id: requestId,
  });
}

function entry(
  status: number,
  type: string,
  message: string,
  extra: Pick<CatalogueEntry, 'retry' | 'retryAfterSeconds'> = {},
): CatalogueEntry {
  return { status, type, message, ...extra };
}
