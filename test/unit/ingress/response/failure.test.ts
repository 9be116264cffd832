import { describe, expect, it } from 'vitest';
import {
  failureEvent,
  failureOf,
  failureResponse,
} from '../../../../services/ingress/response/failure.ts';
import { ERROR_CODES, LlmpError, type ErrorCode } from '../../../../shared/errors.ts';

const ID = 'req_test';

/** Anthropic's error types by status, as SDKs and Claude Code expect them. */
const TYPES_BY_STATUS: Readonly<Record<number, readonly string[]>> = {
  400: ['invalid_request_error', 'policy_blocked'],
  401: ['authentication_error'],
  403: ['permission_error'],
  404: ['not_found_error'],
  405: ['invalid_request_error'],
  409: ['conflict_error'],
  408: ['timeout_error'],
  413: ['request_too_large'],
  415: ['invalid_request_error'],
  417: ['invalid_request_error'],
  429: ['rate_limit_error', 'billing_error'],
  431: ['invalid_request_error'],
  499: ['api_error'],
  500: ['api_error'],
  502: ['api_error'],
  503: ['api_error'],
  504: ['timeout_error'],
  529: ['overloaded_error'],
};

/** Errors that the same request meets again. */
const FINAL = new Set<ErrorCode>([
  'invalid_api_key',
  'policy_blocked',
  'model_without_price',
  'budget_exceeded',
  'request_quarantined',
  'not_supported',
  'pass_through_refused',
]);

describe.each(ERROR_CODES)('the response to %s', (code) => {
  const error = new LlmpError(code);
  const { status, headers, body } = failureResponse(error, ID);

  it("is Anthropic's envelope, with the type of its status", () => {
    expect(JSON.parse(body)).toEqual({
      type: 'error',
      error: { type: error.type, message: error.message, details: { error_code: code } },
      request_id: ID,
    });
    expect(TYPES_BY_STATUS[status]).toContain(error.type);
    expect(error.message).toMatch(/^[A-Z].*\.$/);
  });

  it('has the headers clients rely on', () => {
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'request-id': ID,
    });
    const byName: Record<string, string> = headers;
    // Without it, a rejected key costs eleven requests and a policy block six.
    expect(byName['x-should-retry'] ?? 'absent').toBe(FINAL.has(code) ? 'false' : 'absent');
    // Above 45 s Claude Code gives up at once; SDKs wait as long as requested.
    expect(Number(byName['retry-after'] ?? 1)).toBeGreaterThan(0);
    expect(Number(byName['retry-after'] ?? 1)).toBeLessThanOrEqual(45);
  });

  it('is the same envelope inside a stream', () => {
    expect(failureEvent(error, ID)).toBe(`event: error\ndata: ${body}\n\n`);
  });
});

describe('failureResponse', () => {
  it('contains the message of the error and its byte length', () => {
    const { headers, body } = failureResponse(
      new LlmpError('invalid_request', 'Schlüssel\n"x" 😀'),
      ID,
    );
    expect(JSON.parse(body).error.message).toBe('Schlüssel\n"x" 😀');
    expect(headers['content-length']).toBe(String(Buffer.from(body).byteLength));
    expect(
      failureEvent(new LlmpError('invalid_request', 'a\nb\r'), ID).split(/\r|\n/),
    ).toHaveLength(4);
  });
});

describe('failureOf', () => {
  it.each([
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'request_too_large'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'unsupported_media_type'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'invalid_request'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 'invalid_json'],
    ['FST_ERR_BAD_URL', 'not_found'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
    ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
    ['FST_ERR_FROM_THE_FUTURE', 'internal'],
  ])('maps %s to %s and hides its message from the client', (libraryCode, code) => {
    const thrown = Object.assign(new Error('canary'), { code: libraryCode });
    const error = failureOf(thrown);
    expect(error).toMatchObject({ code, cause: thrown });
    expect(failureResponse(error, ID).body).not.toContain('canary');
  });

  it.each([[new Error('canary')], ['canary'], [undefined], [{ code: 'FST_ERR_BAD_URL' }]])(
    'maps %j to internal',
    (thrown) => {
      const error = failureOf(thrown);
      expect(error.code).toBe('internal');
      expect(error.message).not.toContain('canary');
    },
  );

  it('returns catalogue errors unchanged', () => {
    const error = new LlmpError('overloaded');
    expect(failureOf(error)).toBe(error);
  });
});
