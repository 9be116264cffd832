// Cuts an upstream's stream into chunks of complete events. A stream is complete after `message_stop`
// or `error`; otherwise its partial last event is dropped, so that an error event can follow.

import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { UpstreamResponse } from './transport.ts';
import { eventName, EventSplitter } from '../../shared/anthropic/sse/event-splitter.ts';

/** Whether a response is successful JSON, which must not be truncated. */
export function isJsonSuccess({
  status,
  headers,
}: Pick<UpstreamResponse, 'status' | 'headers'>): boolean {
  const type = headerOf(headers, 'content-type')?.trim().toLowerCase() ?? '';
  return status >= 200 && status < 300 && type.startsWith('application/json');
}

export interface CompleteEventsOptions {
  /** Upper bound of one event, in bytes. */
  readonly eventBytesMax: number;
  /** Called for each event before it is yielded. */
  readonly watch: (name: string, event: Uint8Array) => void;
}

/** Yields the same bytes, cut at event boundaries; throws `upstream_disconnected` at an early end. */
export async function* completeEvents(
  chunks: AsyncIterable<Uint8Array>,
  { eventBytesMax, watch }: CompleteEventsOptions,
): AsyncGenerator<Uint8Array> {
  const splitter = new EventSplitter();
  let isComplete = false;
  const watched = (events: readonly Uint8Array[]): Uint8Array[] => {
    for (const event of events) {
      const name = eventName(event);
      watch(name, event);
      if (name === 'message_stop' || name === 'error') isComplete = true;
    }
    return joined(events);
  };
  for await (const chunk of chunks) {
    yield* watched(splitter.push(chunk));
    if (splitter.restBytes > eventBytesMax) {
      throw new LlmpError(
        'upstream_disconnected',
        'The upstream sent an event larger than allowed.',
      );
    }
  }
  yield* watched(splitter.end());
  if (!isComplete) throw new LlmpError('upstream_disconnected');
  if (splitter.restBytes > 0) yield splitter.rest();
}

/** Events of one push are contiguous, so one view covers them all. */
function joined(events: readonly Uint8Array[]): Uint8Array[] {
  const [first] = events;
  if (!first) return [];
  const size = events.reduce((sum, event) => sum + event.byteLength, 0);
  return [new Uint8Array(first.buffer, first.byteOffset, size)];
}
