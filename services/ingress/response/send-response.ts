// Writes a buffered or streamed response to the client. A stream that breaks off between events ends
// with an `event: error`; inside an event its socket is reset, so that it does not look complete.

import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { WorkerResponse } from '../dispatch/exchange.ts';
import { forEachItem, LEAVE } from '../../../shared/runtime/polled.ts';
import {
  keepHeaders,
  legalHeaders,
  pairsOf,
  replaceHeaders,
} from '../../../shared/runtime/raw-headers.ts';
import { hasUnreadBody } from '../request/http-message.ts';
import { writeChunk } from './chunked-write.ts';
import { failureEvent, failureResponse } from './failure.ts';

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

/** Sends a buffered response with `content-length`. */
export function sendBuffered(
  response: ServerResponse,
  { head, bytes }: Extract<WorkerResponse, { kind: 'buffered' }>,
  requestId: string,
): void {
  const own = ['content-length', String(bytes.byteLength), 'request-id', requestId];
  const headers = [...legalHeaders(head.headers), ...own, ...connectionHeaders(response)];
  response.writeHead(head.status, headers);
  response.end(bytes);
}

/**
 * Ends a response whose sending failed: with an error as long as nothing was sent, and else by closing the
 * connection, so that it does not look complete.
 */
export function sendFailure(
  response: ServerResponse,
  error: LlmpError,
  { requestId, headers = [] }: { requestId: string; headers?: readonly string[] },
): void {
  if (response.headersSent) return void response.destroy();
  const failure = failureResponse(error, requestId);
  const own = [...Object.entries(failure.headers).flat(), ...connectionHeaders(response)];
  response.writeHead(failure.status, [...own, ...headers]);
  response.end(failure.body);
}

export interface SendStreamOptions {
  readonly clock: Clock;
  /** Silence before a ping is sent. */
  readonly pingMs: number;
  readonly requestId: string;
}

/**
 * Sends chunks at the client's pace.
 * @returns the error that ended the stream, if any; a client disconnect is not an error
 */
export async function sendStream(
  response: ServerResponse,
  { head, chunks }: Extract<WorkerResponse, { kind: 'stream' }>,
  { clock, pingMs, requestId }: SendStreamOptions,
): Promise<LlmpError | undefined> {
  sendHead(response, head.status, [
    ...streamHeaders(legalHeaders(head.headers)),
    'request-id',
    requestId,
    ...connectionHeaders(response),
  ]);
  let betweenEvents = true;
  let lastWriteMs = clock.monotonic();
  // Check every half period, so a ping is at most half a period late.
  const stopPings = clock.every(pingMs / 2, () => {
    if (!betweenEvents || response.writableNeedDrain || clock.monotonic() - lastWriteMs < pingMs)
      return;
    lastWriteMs = clock.monotonic();
    response.write(PING);
  });
  try {
    await forEachItem(chunks, ({ bytes, more }) => {
      betweenEvents = !more;
      lastWriteMs = clock.monotonic();
      return sendChunk(response, bytes);
    });
    if (!response.destroyed) response.end();
    return undefined;
  } catch (thrown) {
    const error = LlmpError.from(thrown);
    if (betweenEvents) response.end(failureEvent(error, requestId));
    else response.destroy();
    return error;
  } finally {
    stopPings();
  }
}

/** Sends the head at once: `flushHeaders` would write it as UTF-8 and corrupt bytes above 127. */
export function sendHead(
  response: ServerResponse,
  status: number,
  headers: readonly string[],
): void {
  response.writeHead(status, [...headers]);
  response.write(new Uint8Array());
}

/** Writes a chunk at the client's pace. @returns `LEAVE` once the client has left */
export function sendChunk(
  response: ServerResponse,
  bytes: Uint8Array,
): typeof LEAVE | undefined | Promise<typeof LEAVE | undefined> {
  const isReady = writeChunk(response, bytes);
  const leaves = () => (response.destroyed ? LEAVE : undefined);
  return isReady ? leaves() : drained(response).then(leaves);
}

export function connectionHeaders({ req }: ServerResponse): string[] {
  return hasUnreadBody(req) ? ['connection', 'close'] : [];
}

/** Keeps proxies from collecting events: nginx and others by the first header, the rest by the second. */
function streamHeaders(raw: readonly string[]): string[] {
  const sent = Array.from(pairsOf(keepHeaders(raw, (name) => name === 'cache-control')));
  const directives = sent.flatMap(([, value]) => value.split(',').map((text) => text.trim()));
  const all = new Set([...directives.filter((text) => text !== ''), 'no-cache', 'no-transform']);
  return replaceHeaders(raw, ['cache-control', [...all].join(', '), 'x-accel-buffering', 'no']);
}

/** Resolves when the response can take more data or is closed. */
function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const onReady = () => {
      response.off('drain', onReady);
      response.off('close', onReady);
      resolve();
    };
    response.on('drain', onReady);
    response.on('close', onReady);
  });
}
