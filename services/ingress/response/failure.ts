// Maps errors, including those of fastify and Node's HTTP parser, to responses in Anthropic's error
// envelope.

import { errorEnvelope, LlmpError, type ErrorCode } from '../../../shared/errors.ts';

const CODE_BY_LIBRARY_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_ASYNC_CONSTRAINT: 'not_found',
  ECONNRESET: 'client_disconnected',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** Maps an error of fastify or Node to the error catalogue; unknown errors become `internal`. */
export function failureOf(thrown: unknown): LlmpError {
  if (thrown instanceof LlmpError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  // Parser errors inside an upload, such as HPE_INVALID_CHUNK_SIZE.
  const fallback = code.startsWith('HPE_') ? 'invalid_request' : 'internal';
  return new LlmpError(CODE_BY_LIBRARY_CODE[code] ?? fallback, undefined, { cause: thrown });
}

export function failureResponse(error: LlmpError, id: string) {
  const body = errorEnvelope(error, id);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'request-id': id,
    ...error.headers(),
  };
  return { status: error.status, headers, body };
}

/** An `event: error` for a stream that has started. */
export function failureEvent(error: LlmpError, id: string): string {
  return `event: error\ndata: ${errorEnvelope(error, id)}\n\n`;
}
