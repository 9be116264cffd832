// Sends a message, streamed or buffered, with the failures that directives ask for. An abort ends every
// pause and hang by throwing the signal's reason.

import { pause, type Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { failureMessage, type Directives } from './directives.ts';
import { encodeEvent, streamEvents, type StreamEvent } from './events.ts';
import { errorEnvelope } from './api-error.ts';
import type { Message } from './message.ts';

export interface Playback {
  readonly directives: Directives;
  readonly clock: Clock;
  /** Milliseconds before each delta. */
  readonly paceMs: number;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** Yields the message as server-sent events, one per chunk. */
export async function* playStream(message: Message, play: Playback): AsyncGenerator<Uint8Array> {
  const { directives, clock, signal } = play;
  const events = streamEvents(message, {
    splitChars: directives.split,
    withUnknown: directives.unknown,
  });
  const breakIndex = breakIndexOf(events, directives);
  for (const [index, event] of events.entries()) {
    if (index === breakIndex) {
      const bytes = encodeEvent(event);
      if (directives.cut === 'partial') yield bytes.subarray(0, bytes.length / 2);
      if (directives['mid-error'] !== undefined) yield encodeEvent(midError(play));
      await breakOff(play);
      return;
    }
    if (play.paceMs > 0 && event.type === 'content_block_delta') {
      await pause(clock, play.paceMs, signal);
    }
    signal.throwIfAborted();
    yield encodeEvent(event);
  }
}

/** Yields the message as JSON; if it breaks off, half of it, or nothing for `hang=start`. */
export async function* playBuffered(message: Message, play: Playback): AsyncGenerator<Uint8Array> {
  const { cut, hang } = play.directives;
  const bytes = new TextEncoder().encode(JSON.stringify(message));
  play.signal.throwIfAborted();
  if (cut === undefined && hang === undefined) {
    yield bytes;
    return;
  }
  if (hang !== 'start') yield bytes.subarray(0, bytes.length / 2);
  await breakOff(play);
}

/** Never resolves; rejects with the signal's reason when it aborts. */
export function hangUntilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Index of the event at which the stream breaks off; -1 if it does not. */
function breakIndexOf(events: readonly StreamEvent[], directives: Directives): number {
  if (directives.hang === 'start') return 1;
  if (!directives.hang && !directives.cut && !directives['mid-error']) return -1;
  const first = events.findIndex(isContentDelta);
  if (first < 0) return events.findIndex(({ type }) => type === 'message_delta');
  return isContentDelta(events[first + 1]) ? first + 2 : first + 1;
}

function isContentDelta(event: StreamEvent | undefined): boolean {
  const delta = event?.['delta'];
  if (typeof delta !== 'object' || delta === null || !('type' in delta)) return false;
  return delta.type === 'text_delta' || delta.type === 'input_json_delta';
}

async function breakOff({ directives, signal }: Playback): Promise<void> {
  if (directives.hang !== undefined) await hangUntilAborted(signal);
  if (directives.cut === 'reset') {
    throw new LlmpError('upstream_disconnected', undefined, {
      cause: new Error('simulated reset'),
    });
  }
}

function midError({ directives, requestId }: Playback): StreamEvent {
  const type = directives['mid-error'] ?? 'api_error';
  return { ...errorEnvelope(type, failureMessage(directives, type), requestId), type: 'error' };
}
