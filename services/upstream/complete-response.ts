// Refuses a response that was cut short, although its connection may have ended cleanly: a stream without
// `message_stop` or `error`, and a successful JSON response that is not JSON.

import { LlmpError } from '../../shared/errors.ts';
import type { ResponseTransform } from '../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../shared/anthropic/sse/sse-event.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import type { UpstreamResponse } from './transport.ts';
import { isMeasured } from './usage.ts';

export class CompleteResponse implements ResponseTransform {
  readonly #mustBeJson: boolean;
  readonly #streamCompleted: () => void;
  #isComplete = false;

  /** @param streamCompleted called with the last event of a stream's protocol */
  constructor(
    response: Pick<UpstreamResponse, 'status' | 'headers'>,
    streamCompleted: () => void = () => {},
  ) {
    this.#mustBeJson = isJsonSuccess(response);
    this.#streamCompleted = streamCompleted;
  }

  /** @throws `upstream_disconnected` */
  event(event: SseEvent): SseEvent {
    if (event.isWhole) this.#isComplete = !this.#mustBeJson || !isMeasured(event) || !!event.json;
    else if (event.name === 'message_stop' || event.name === 'error') {
      this.#isComplete = true;
      this.#streamCompleted();
    }
    // A partial last event is not sent, so that an error event can follow.
    if (event.kind !== 'event') this.#check();
    return event;
  }

  /** @throws `upstream_disconnected` */
  end(): readonly SseEvent[] {
    this.#check();
    return [];
  }

  #check(): void {
    if (!this.#isComplete) throw new LlmpError('upstream_disconnected');
  }
}

/** Whether a response is successful JSON, which must not be truncated. */
function isJsonSuccess({ status, headers }: Pick<UpstreamResponse, 'status' | 'headers'>): boolean {
  const type = headerOf(headers, 'content-type')?.trim().toLowerCase() ?? '';
  return status >= 200 && status < 300 && type.startsWith('application/json');
}
