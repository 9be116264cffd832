// Errors of the simulated API. They are thrown anywhere and converted to Anthropic's envelope in one
// place.

/** Anthropic `error.type` by status (docs: api/errors); the keys are the values of `status=`. */
export const ERROR_TYPE_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [500, 'api_error'],
  [501, 'not_supported'],
  [502, 'api_error'],
  [503, 'api_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Anthropic `error.type`. */
  readonly type: string;
  /** Raw header pairs besides those of every response. */
  readonly headers: readonly string[];

  constructor(
    status: number,
    message: string,
    extra: { type?: string; headers?: readonly string[] } = {},
  ) {
    super(message);
    this.status = status;
    this.type = extra.type ?? errorType(status);
    this.headers = extra.headers ?? [];
  }
}

/** The default `error.type` of a status. */
export function errorType(status: number): string {
  return ERROR_TYPE_BY_STATUS.get(status) ?? 'api_error';
}

/** A 400 `invalid_request_error`. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, message);
}

/** The status of an error type; 400 for unknown types. */
export function statusOfType(type: string): number {
  const entries = [...ERROR_TYPE_BY_STATUS];
  return entries.find(([, usual]) => usual === type)?.[0] ?? 400;
}

/** Anthropic's error envelope, for a response body or the data of `event: error`. */
export function errorEnvelope(type: string, message: string, requestId: string): object {
  return { type: 'error', error: { type, message }, request_id: requestId };
}
