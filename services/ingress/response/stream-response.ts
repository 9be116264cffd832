// Sends an event stream: pieces as they come, at the client's pace, a ping of our own into long
// silences, and an `event: error` when it breaks off. A stream that broke inside an event cannot be
// mended with another event: its socket is reset, so that it does not look whole.

import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Reply } from '../dispatch/exchange.ts';
import { failureEvent } from './failure.ts';

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

export interface ReplyStreamOptions {
  readonly clock: Clock;
  readonly pingMs: number;
  readonly requestId: string;
}

/** Resolves to the error the stream ended with, if any; a client that left is not one. */
export async function replyStream(
  response: ServerResponse,
  { head, chunks }: Extract<Reply, { kind: 'stream' }>,
  { clock, pingMs, requestId }: ReplyStreamOptions,
): Promise<LlmpError | undefined> {
  response.writeHead(head.status, [...head.headers, 'request-id', requestId]);
  // Sends the head now. `flushHeaders` would write it as UTF-8 and damage bytes above 127.
  response.write(new Uint8Array());
  let betweenEvents = true;
  let wroteMs = clock.monotonic();
  // Half the period, so that a ping is at most half a period late.
  const stopPings = clock.every(pingMs / 2, () => {
    if (!betweenEvents || response.writableNeedDrain || clock.monotonic() - wroteMs < pingMs)
      return;
    wroteMs = clock.monotonic();
    response.write(PING);
  });
  try {
    for await (const { bytes, more } of chunks) {
      betweenEvents = !more;
      wroteMs = clock.monotonic();
      if (!response.write(bytes)) await spaceToWrite(response);
      if (response.destroyed) return undefined;
    }
    response.end();
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

/** Resolves when the client has read enough, or has left. */
function spaceToWrite(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}
