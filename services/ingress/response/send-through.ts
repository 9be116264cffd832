// Writes a response that passes as it came: nothing is inserted, and one that breaks off does not look complete.

import type { ServerResponse } from 'node:http';
import { LlmpError } from '../../../shared/errors.ts';
import { forEachItem, LEAVE } from '../../../shared/runtime/polled.ts';
import { isEventStream, legalHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { WorkerResponse } from '../dispatch/exchange.ts';
import { writeChunk } from './chunked-write.ts';
import { connectionHeaders, drained } from './send-response.ts';

/** @returns the error that ended the response, if any; a client disconnect is not an error */
export async function sendThrough(
  response: ServerResponse,
  { head, chunks }: Extract<WorkerResponse, { kind: 'stream' }>,
  requestId: string,
): Promise<LlmpError | undefined> {
  const unbuffered = isEventStream(head.headers) ? ['x-accel-buffering', 'no'] : [];
  const own = ['request-id', requestId, ...unbuffered, ...connectionHeaders(response)];
  response.writeHead(head.status, [...legalHeaders(head.headers), ...own]);
  // Sends the head now. `flushHeaders` would write it as UTF-8 and corrupt bytes above 127.
  response.write(new Uint8Array());
  try {
    await forEachItem(chunks, ({ bytes }) => {
      const isReady = writeChunk(response, bytes);
      const leaves = () => (response.destroyed ? LEAVE : undefined);
      return isReady ? leaves() : drained(response).then(leaves);
    });
    if (!response.destroyed) response.end();
    return undefined;
  } catch (thrown) {
    response.destroy();
    return LlmpError.from(thrown);
  }
}
