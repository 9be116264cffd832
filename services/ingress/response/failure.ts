// Maps errors, including those of fastify and Node's HTTP parser, to responses in Anthropic's error
// envelope.

import type { Socket } from 'node:net';
import { errorEnvelope, LlmpError, type ErrorCode } from '../../../shared/errors.ts';
import { requestId } from '../../../shared/runtime/ids.ts';

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

/**
 * Responds to a request that Node's parser could not read. There is no response object in this
 * case, so this writes the status line to the socket (RFC 9112 section 4).
 */
export function respondToUnreadable(thrown: Error & { code?: string }, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const known = CODE_BY_LIBRARY_CODE[thrown.code ?? ''];
  const error = known
    ? new LlmpError(known)
    : new LlmpError('invalid_request', 'The request is not valid HTTP.');
  const { status, headers, body } = failureResponse(error, requestId());
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Error\r\nconnection: close\r\n${lines.join('')}\r\n${body}`);
}
