// An upstream's event stream as chunks of whole events. A stream is whole when it has said
// `message_stop` or `error`; any other end is a cut, and its half-written last event is not passed
// on, so that the error event which follows can be read.

import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { UpstreamResponse } from './transport.ts';
import { eventName, EventSplitter } from '../../shared/anthropic/sse/event-splitter.ts';

/** A successful JSON reply, which is worth nothing when it is not all there. */
export function isJsonSuccess({
  status,
  headers,
}: Pick<UpstreamResponse, 'status' | 'headers'>): boolean {
  const type = headerOf(headers, 'content-type')?.trim().toLowerCase() ?? '';
  return status >= 200 && status < 300 && type.startsWith('application/json');
}

export interface CompleteEventsOptions {
  /** Bytes of one event above which the upstream is held to be faulty. */
  readonly eventBytesMax: number;
  /** Sees each event before it is passed on. */
  readonly watch: (name: string, event: Uint8Array) => void;
}

/** Yields the same bytes, cut at event boundaries. Throws `upstream_disconnected` at an early end. */
export async function* completeEvents(
  chunks: AsyncIterable<Uint8Array>,
  { eventBytesMax, watch }: CompleteEventsOptions,
): AsyncGenerator<Uint8Array> {
  const splitter = new EventSplitter();
  let whole = false;
  const see = (events: readonly Uint8Array[]): Uint8Array[] => {
    for (const event of events) {
      const name = eventName(event);
      watch(name, event);
      if (name === 'message_stop' || name === 'error') whole = true;
    }
    return joined(events);
  };
  for await (const chunk of chunks) {
    yield* see(splitter.push(chunk));
    if (splitter.restBytes > eventBytesMax) {
      throw new LlmpError(
        'upstream_disconnected',
        'The upstream sent an event larger than allowed.',
      );
    }
  }
  yield* see(splitter.end());
  if (!whole) throw new LlmpError('upstream_disconnected');
  if (splitter.restBytes > 0) yield splitter.rest();
}

/** Events of one push adjoin, so one view covers them all. */
function joined(events: readonly Uint8Array[]): Uint8Array[] {
  const [first] = events;
  if (!first) return [];
  const size = events.reduce((sum, event) => sum + event.byteLength, 0);
  return [new Uint8Array(first.buffer, first.byteOffset, size)];
}
