// An error the simulated API answers with. Thrown wherever it is noticed and turned into Anthropic's
// envelope in one place, because here failing on purpose is a normal answer.

/** Anthropic `error.type` by status (docs: api/errors); also the statuses `status=` may ask for. */
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
  /** Raw header pairs beside those every reply has. */
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

/** The usual `error.type` of a status. */
export function errorType(status: number): string {
  return ERROR_TYPE_BY_STATUS.get(status) ?? 'api_error';
}

/** A 400 `invalid_request_error`. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, message);
}

/** The status an error of this type has when it comes before the head: 400 for types of no status. */
export function statusOfType(type: string): number {
  const rows = [...ERROR_TYPE_BY_STATUS];
  return rows.find(([, usual]) => usual === type)?.[0] ?? 400;
}

/** Anthropic's error envelope, as a response body and as the data of `event: error`. */
export function errorEnvelope(type: string, message: string, requestId: string): object {
  return { type: 'error', error: { type, message }, request_id: requestId };
}
