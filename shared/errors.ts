// The one catalogue of errors: what went wrong (code), how HTTP says it (status), how Anthropic
// names it (type) and whether a client may try again. Statuses follow what SDKs and Claude Code
// were observed to do with them: a 401 without `x-should-retry: false` costs eleven requests.

import { pairsOf } from './runtime/raw-headers.ts';
import type { Annotations } from './annotations.ts';

/**
 * The longest wait a client is asked for: above it Claude Code gives up at once, and an SDK would
 * wait for all of it (docs/anthropic-contract.md#retries-and-timeouts).
 */
export const WAIT_SECONDS_MAX = 45;

interface ErrorRow {
  readonly status: number;
  /** Anthropic `error.type`. */
  readonly type: string;
  /** Value of `x-should-retry`; absent leaves the decision to the client's status rule. */
  readonly retry?: boolean;
  /** Value of `retry-after`, seconds; at most WAIT_SECONDS_MAX. */
  readonly retryAfterSeconds?: number;
  /** Said when the thrower has nothing more exact to say. */
  readonly message: string;
}

const CATALOGUE = {
  invalid_json: row(400, 'invalid_request_error', 'The request body is not valid JSON.'),
  invalid_request: row(400, 'invalid_request_error', 'The request is not valid.'),
  policy_blocked: row(400, 'policy_blocked', 'The request is blocked by policy.', { retry: false }),
  invalid_api_key: row(401, 'authentication_error', 'The API key is not valid.', { retry: false }),
  client_disconnected: row(499, 'api_error', 'The client left before the answer was complete.'),
  not_found: row(404, 'not_found_error', 'There is nothing at this path.'),
  request_timeout: row(408, 'timeout_error', 'The request did not arrive in time.'),
  conflict: row(409, 'conflict_error', 'Something else is being done with it; try again soon.'),
  request_too_large: row(413, 'request_too_large', 'The request is larger than allowed.'),
  unsupported_media_type: row(
    415,
    'invalid_request_error',
    'The content type must be application/json.',
  ),
  too_many_auth_failures: row(
    429,
    'rate_limit_error',
    'Too many keys from this address were rejected.',
    {
      retryAfterSeconds: WAIT_SECONDS_MAX,
    },
  ),
  rate_limited: row(429, 'rate_limit_error', 'The rate limit of this key is reached.', {
    retryAfterSeconds: 1,
  }),
  budget_exceeded: row(429, 'billing_error', 'The budget of this key is spent.', {
    retry: false,
    retryAfterSeconds: WAIT_SECONDS_MAX,
  }),
  headers_too_large: row(431, 'invalid_request_error', 'The request headers are too large.'),
  internal: row(500, 'api_error', 'The gateway failed to handle the request.'),
  stage_failed: row(500, 'api_error', 'A gateway stage failed, so the request was not sent on.'),
  upstream_unreachable: row(502, 'api_error', 'The upstream could not be reached.'),
  upstream_disconnected: row(
    502,
    'api_error',
    'The upstream ended the answer before it was complete.',
  ),
  worker_lost: row(502, 'api_error', 'A gateway worker was lost while it held the request.'),
  no_workers: row(503, 'api_error', 'A gateway stage has no running worker.', {
    retryAfterSeconds: 2,
  }),
  store_down: row(503, 'api_error', 'The key store does not answer.', { retryAfterSeconds: 2 }),
  draining: row(503, 'api_error', 'The gateway is shutting down.', { retryAfterSeconds: 1 }),
  policy_check_failed: row(503, 'api_error', 'A check that the policy demands did not answer.', {
    retryAfterSeconds: 2,
  }),
  retrieval_failed: row(503, 'api_error', 'The documents to answer from could not be searched.', {
    retryAfterSeconds: 2,
  }),
  stage_timeout: row(504, 'timeout_error', 'A gateway stage did not finish in time.'),
  upstream_timeout: row(504, 'timeout_error', 'The upstream did not answer in time.'),
  deadline_exceeded: row(504, 'timeout_error', 'The request took longer than the gateway allows.'),
  no_healthy_upstream: row(529, 'overloaded_error', 'No upstream can take the request now.', {
    retryAfterSeconds: 2,
  }),
  overloaded: row(529, 'overloaded_error', 'The gateway is at capacity.', { retryAfterSeconds: 2 }),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof CATALOGUE;

/** Every code there is, for validation at the bus and for documentation. */
export const ERROR_CODES = Object.keys(CATALOGUE) as [ErrorCode, ...ErrorCode[]];

const NOTHING = Object.freeze({});

export interface LlmpErrorOptions {
  readonly cause?: unknown;
  /** In place of the catalogue's, where the wait is known. */
  readonly retryAfterSeconds?: number;
  /** In place of the catalogue's, where the case differs from the rule. */
  readonly retry?: boolean;
  /** Raw pairs of further response headers. */
  readonly headers?: readonly string[];
  /** Told to the client beside the code, such as the rule that refused its request. */
  readonly details?: Readonly<Record<string, string>>;
  /** For the request's log line and its record in the ledger. */
  readonly annotations?: Annotations;
}

/**
 * A refusal or failure in the gateway's own words. `message` is shown to the client, so it never
 * holds prompt text, credentials or addresses; `cause` is for the log alone.
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
  readonly #headers: readonly string[];

  constructor(code: ErrorCode, message?: string, options: LlmpErrorOptions = {}) {
    const entry: ErrorRow = CATALOGUE[code];
    super(message ?? entry.message, options);
    this.code = code;
    this.status = entry.status;
    this.type = entry.type;
    this.retry = options.retry ?? entry.retry;
    this.#headers = options.headers ?? [];
    this.details = options.details ?? NOTHING;
    this.annotations = options.annotations ?? NOTHING;
    this.retryAfterSeconds = options.retryAfterSeconds ?? entry.retryAfterSeconds;
  }

  /** Wraps anything thrown; an LlmpError passes unchanged. */
  static from(thrown: unknown, code: ErrorCode = 'internal'): LlmpError {
    return thrown instanceof LlmpError ? thrown : new LlmpError(code, undefined, { cause: thrown });
  }

  /** Response headers this error asks for, beside content type and request id. */
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

/**
 * Anthropic's error envelope, also the data of a mid-stream `event: error`.
 * `details.error_code` is where the SDKs expect a finer code (SDK 1.5 and later).
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

function row(
  status: number,
  type: string,
  message: string,
  extra: Pick<ErrorRow, 'retry' | 'retryAfterSeconds'> = {},
): ErrorRow {
  return { status, type, message, ...extra };
}
