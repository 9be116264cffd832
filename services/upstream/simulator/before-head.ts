// Failures before the response head: a delay, endless silence, an HTTP error.

import { pause, type Clock } from '../../../shared/runtime/clock.ts';
import { failureMessage, type Directives } from './directives.ts';
import { ApiError, errorType } from './api-error.ts';
import { hangUntilAborted } from './playback.ts';

/** Resolves when the response may start. Throws the requested error, or the signal's reason. */
export async function beforeHead(
  directives: Directives,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (directives.delay !== undefined) await pause(clock, directives.delay, signal);
  signal.throwIfAborted();
  if (directives.hang === 'head') await hangUntilAborted(signal);
  if (directives.status !== undefined) throw requestedError(directives.status, directives);
}

function requestedError(status: number, directives: Directives): ApiError {
  const type = directives.type ?? errorType(status);
  const retryAfter = directives['retry-after'];
  const shouldRetry = directives['should-retry'];
  return new ApiError(status, failureMessage(directives, type), {
    type,
    headers: [
      ...(retryAfter === undefined ? [] : ['retry-after', retryAfter]),
      ...(shouldRetry === undefined ? [] : ['x-should-retry', shouldRetry]),
    ],
  });
}
