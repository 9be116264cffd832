// Redirects are neither followed nor passed on: a client would send its raw request and its llmp key to
// the other address.

import { LlmpError } from '../../../shared/errors.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';

/**
 * The error for a response that sends the client elsewhere; `undefined` for any other, and for a 304
 * that the request has asked for.
 */
export function redirectError(
  { status, headers }: { readonly status: number; readonly headers: readonly string[] },
  request: { readonly method: string; readonly headers: readonly string[] },
): LlmpError | undefined {
  if (status < 300 || status > 399) return undefined;
  if (status === 304 && isConditional(request)) return undefined;
  return new LlmpError('upstream_redirected', undefined, {
    cause: new Error(`status ${status} to ${placeOf(headerOf(headers, 'location'))}`),
    annotations: { upstreamStatus: status },
  });
}

/** Only reads can be (RFC 9110, 13.1.2 and 13.1.3). */
function isConditional({
  method,
  headers,
}: {
  readonly method: string;
  readonly headers: readonly string[];
}): boolean {
  if (method !== 'GET') return false;
  return ['if-none-match', 'if-modified-since'].some(
    (name) => headerOf(headers, name) !== undefined,
  );
}

/** Without the path, which may contain personal data. */
function placeOf(location: string | undefined): string {
  if (location === undefined) return 'no location';
  return URL.parse(location)?.origin ?? 'another path';
}
