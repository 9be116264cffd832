// Writes a response that passes as it came: nothing is inserted, and one that breaks off does not look complete.

import type { ServerResponse } from 'node:http';
import { LlmpError } from '../../../shared/errors.ts';
import { forEachItem } from '../../../shared/runtime/polled.ts';
import { isEventStream, legalHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { WorkerResponse } from '../dispatch/exchange.ts';
import { connectionHeaders, sendChunk, sendHead } from './send-response.ts';

/** @returns the error that ended the response, if any; a client disconnect is not an error */
export async function sendThrough(
  response: ServerResponse,
  { head, chunks }: Extract<WorkerResponse, { kind: 'stream' }>,
  requestId: string,
): Promise<LlmpError | undefined> {
  const unbuffered = isEventStream(head.headers) ? ['x-accel-buffering', 'no'] : [];
  const own = ['request-id', requestId, ...unbuffered, ...connectionHeaders(response)];
  sendHead(response, head.status, [...legalHeaders(head.headers), ...own]);
  try {
    await forEachItem(chunks, ({ bytes }) => sendChunk(response, bytes));
    if (!response.destroyed) response.end();
    return undefined;
  } catch (thrown) {
    response.destroy();
    return LlmpError.from(thrown);
  }
}
