// Failures between a client and its response, and what each SDK should make of them: the error and the
// number of requests. SDKs retry twice on 409, 429 and 5xx, but never inside a stream.

/** Error class names of the four SDKs. */
type Classes = readonly [ts1: string, ts0: string, python1: string, python2: string];

export const SDK_NAMES = ['TypeScript 1', 'TypeScript 0', 'Python 1', 'Python 2'] as const;
export type SdkName = (typeof SDK_NAMES)[number];

export interface Failure {
  readonly name: string;
  /** Directives for the simulator, in the header `x-llmp-simulate`. */
  readonly simulate?: string;
  readonly stream?: boolean;
  /** Key to use instead of a valid one. */
  readonly key?: string;
  /** Path to GET instead of sending a message. */
  readonly path?: string;
  /** Size of the message. */
  readonly textBytes?: number;
  /** Invalid value for `max_tokens`. */
  readonly maxTokens?: string;
  readonly expected: ExpectedError | ExpectedText;
}

export interface ExpectedError {
  readonly requests: number;
  readonly classes: Classes;
  /** HTTP status; absent for an error inside a stream with status 200. */
  readonly status?: number;
  readonly type: string;
  /** `error.message`; absent means the simulator's message. */
  readonly message?: string;
  /** `error.details.error_code`; only errors of the gateway have one. */
  readonly code?: string;
  readonly waitMsMin?: number;
}

export interface ExpectedText {
  readonly requests: number;
  readonly text: string;
  /** Between the first response and the second. */
  readonly waitMsMin?: number;
}

/** A client's report of one failure. */
export interface Report {
  readonly text?: string;
  readonly class?: string;
  readonly status?: number | null;
  readonly type?: string | null;
  readonly message?: string;
  readonly code?: string | null;
  readonly requestId?: string | null;
}

const BAD_REQUEST = same('BadRequestError');
const AUTHENTICATION = same('AuthenticationError');
const NOT_FOUND = same('NotFoundError');
const TOO_LARGE = [
  'ContentTooLargeError',
  'APIError',
  'RequestTooLargeError',
  'ContentTooLargeError',
] as const;
const RATE_LIMIT = same('RateLimitError');
const SERVER = same('InternalServerError');
const TIMEOUT = newer('GatewayTimeoutError', 'InternalServerError', 'InternalServerError');
const OVERLOADED = [
  'OverloadedError',
  'InternalServerError',
  'OverloadedError',
  'OverloadedError',
] as const;
/** Python maps an error inside a stream by its status, 200. */
const IN_STREAM = ['APIError', 'APIError', 'APIStatusError', 'APIStatusError'] as const;

const CUT = {
  type: 'api_error',
  code: 'upstream_disconnected',
  message: 'The upstream disconnected before the response was complete.',
};
const SILENT = {
  type: 'timeout_error',
  code: 'upstream_timeout',
  message: 'The upstream did not respond in time.',
};

/** Failures of the upstream, relayed or detected by the gateway. */
export const UPSTREAM_FAILURES: readonly Failure[] = [
  status(400, 'invalid_request_error', 1, BAD_REQUEST),
  status(400, 'policy_blocked', 1, BAD_REQUEST, 'type=policy_blocked should-retry=false'),
  status(401, 'authentication_error', 1, AUTHENTICATION),
  status(402, 'billing_error', 1, newer('PaymentRequiredError', 'APIError', 'APIStatusError')),
  status(403, 'permission_error', 1, same('PermissionDeniedError')),
  status(404, 'not_found_error', 1, NOT_FOUND),
  status(409, 'conflict_error', 3, same('ConflictError')),
  status(413, 'request_too_large', 1, TOO_LARGE),
  status(429, 'rate_limit_error', 3, RATE_LIMIT, 'retry-after=1'),
  status(429, 'rate_limit_error', 1, RATE_LIMIT, 'should-retry=false'),
  {
    name: '429 retry-after=1, once',
    simulate: 'status=429 retry-after=1 times=1 key=$CLIENT',
    expected: { requests: 2, text: 'You said: Count to three', waitMsMin: 1_000 },
  },
  status(500, 'api_error', 3, SERVER),
  status(503, 'api_error', 1, unavailable(), 'should-retry=false'),
  status(504, 'timeout_error', 3, TIMEOUT),
  status(529, 'overloaded_error', 3, OVERLOADED),
  {
    name: '529 of a stream',
    simulate: 'status=529',
    stream: true,
    expected: { requests: 3, status: 529, type: 'overloaded_error', classes: OVERLOADED },
  },
  {
    name: 'cut off by a reset',
    simulate: 'cut=reset',
    expected: { requests: 3, status: 502, classes: SERVER, ...CUT },
  },
  {
    name: 'silent before its head',
    simulate: 'hang=head',
    expected: { requests: 3, status: 504, classes: TIMEOUT, ...SILENT },
  },
  {
    name: 'silent in the middle',
    simulate: 'hang=middle',
    expected: { requests: 3, status: 504, classes: TIMEOUT, ...SILENT },
  },
  {
    name: 'a stream silent before its head',
    simulate: 'hang=head',
    stream: true,
    expected: { requests: 3, status: 504, classes: TIMEOUT, ...SILENT },
  },
  inStream('mid-error=overloaded_error', { type: 'overloaded_error' }),
  inStream('mid-error=policy_blocked', { type: 'policy_blocked' }),
  inStream('cut=clean', CUT),
  inStream('cut=partial', CUT),
  inStream('cut=reset', CUT),
  inStream('hang=start', SILENT),
  inStream('hang=middle', SILENT),
];

/** Body limit of a gateway for `OWN_FAILURES`, below any request of Claude Code. */
export const SMALL_BODY_BYTES = 20_000;

/** Large enough to be rejected while it is still being sent. */
const LARGE_TEXT_BYTES = 8_000_000;

/** Requests that the gateway itself rejects. */
export const OWN_FAILURES: readonly Failure[] = [
  own('an invalid key', { key: 'sk-ant-not-of-llmp' }, 401, AUTHENTICATION, {
    type: 'authentication_error',
    code: 'invalid_api_key',
    message: 'The API key is not valid.',
  }),
  own('an unknown path', { path: '/v1/nowhere' }, 404, NOT_FOUND, {
    type: 'not_found_error',
    code: 'not_found',
    message: 'The requested resource was not found.',
  }),
  own('a body too large', { textBytes: LARGE_TEXT_BYTES }, 413, TOO_LARGE, {
    type: 'request_too_large',
    code: 'request_too_large',
    message: `The request is larger than allowed: its body may have ${SMALL_BODY_BYTES} bytes, and has `,
  }),
  own('a field of the wrong type', { maxTokens: 'many', stream: true }, 400, BAD_REQUEST, {
    type: 'invalid_request_error',
    code: 'invalid_request',
    message: 'max_tokens: Input should be an integer',
  }),
];

/** The same class name in each SDK. */
function same(name: string): Classes {
  return [name, name, name, name];
}

/** A class that exists only in the newer major versions. */
function newer(name: string, ts0: string, python1: string): Classes {
  return [name, ts0, python1, name];
}

function unavailable(): Classes {
  return newer('ServiceUnavailableError', 'InternalServerError', 'InternalServerError');
}

function status(
  code: number,
  type: string,
  requests: number,
  classes: Classes,
  more?: string,
): Failure {
  return {
    name: more === undefined ? String(code) : `${code} ${more}`,
    simulate: more === undefined ? `status=${code}` : `status=${code} ${more}`,
    expected: { requests, status: code, type, classes },
  };
}

function inStream(
  simulate: string,
  error: Pick<ExpectedError, 'type' | 'code' | 'message'>,
): Failure {
  const expected = { requests: 1, classes: IN_STREAM, ...error };
  return { name: `a stream with ${simulate}`, simulate, stream: true, expected };
}

function own(
  name: string,
  request: Partial<Failure>,
  httpStatus: number,
  classes: Classes,
  error: Pick<ExpectedError, 'type' | 'code' | 'message'>,
): Failure {
  return { name, ...request, expected: { requests: 1, status: httpStatus, classes, ...error } };
}
