// Checks of HTTP that Node does not make, or whose errors it would send without our envelope.

import type { IncomingMessage } from 'node:http';
import { LlmpError } from '../../../shared/errors.ts';
import { keepHeaders } from '../../../shared/runtime/raw-headers.ts';

type Message = Pick<IncomingMessage, 'complete' | 'headers' | 'httpVersion' | 'rawHeaders'>;

/** @throws `invalid_request` or `expectation_failed` */
export function checkHttp(request: Message & Pick<IncomingMessage, 'url'>): void {
  const { headers, httpVersion, rawHeaders } = request;
  const hostCount = keepHeaders(rawHeaders, (name) => name === 'host').length / 2;
  // RFC 9112, section 3.2: an HTTP/1.1 request must have a Host header.
  if (hostCount === 0 && httpVersion === '1.1') throw unusable('The request has no Host header.');
  if (hostCount > 1) throw unusable('The request has several Host headers.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    throw unusable('The only transfer coding is chunked.');
  }
  if (request.url?.includes('#')) {
    throw new LlmpError('invalid_request', 'The path of the request has a fragment.');
  }
  if (headers.expect !== undefined && httpVersion === '1.1' && !expectsContinue(request)) {
    throw new LlmpError('expectation_failed');
  }
}

/** Whether the client waits for `100 Continue` before it sends the body. */
export function expectsContinue({ headers, httpVersion }: Message): boolean {
  return httpVersion === '1.1' && headers.expect?.trim().toLowerCase() === '100-continue';
}

/** Whether a part of the body is not read: the connection cannot be used for another request. */
export function hasUnreadBody({ complete, headers }: Message): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** An error for a request whose end is ambiguous, as in request smuggling. */
function unusable(message: string): LlmpError {
  return new LlmpError('invalid_request', message, { headers: ['connection', 'close'] });
}
