// Rejects a response that was cut short: a stream without `message_stop` or `error`, and a JSON success that
// is not JSON. Also gives an error that was sent as a buffered success the status of its type.

import { LlmpError } from '../../../shared/errors.ts';
import type { ResponseTransform } from '../../../shared/anthropic/sse/response-transform.ts';
import type { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import { errorInSuccess } from '../http/body-kind.ts';
import { statusOfError } from '../http/error-status.ts';
import type { UpstreamResponse } from '../transport.ts';
import { isMeasured } from '../usage-meter.ts';

export class CompleteResponse implements ResponseTransform {
  readonly #mustBeJson: boolean;
  #status: number;
  readonly #streamCompleted: () => void;
  #isComplete = false;

  /** @param streamCompleted called with the last event of a stream's protocol */
  constructor(
    response: Pick<UpstreamResponse, 'status' | 'headers' | 'bodyKind'>,
    streamCompleted: () => void = () => {},
  ) {
    this.#mustBeJson = isJsonSuccess(response);
    this.#status = response.status;
    this.#streamCompleted = streamCompleted;
  }

  /** The status of the response, or of the error that a buffered success contains. */
  get status(): number {
    return this.#status;
  }

  *steps(event: SseEvent): Generator<void, SseEvent> {
    if (event.isWhole && this.#mustBeJson && isMeasured(event)) yield* event.parse();
    return this.event(event);
  }

  /** @throws `upstream_disconnected` */
  event(event: SseEvent): SseEvent {
    if (event.isWhole) {
      this.#isComplete = !this.#mustBeJson || isWholeJson(event);
      if (this.#mustBeJson) this.#status = statusOf(event) ?? this.#status;
    } else if (CLOSING.has(event.name)) {
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

/** The last events of a stream's protocol. */
const CLOSING = new Set(['message_stop', 'error']);

/** Errors are far smaller. */
const ERROR_BYTES_MAX = 64 * 1024;

/** Whether a response is successful JSON, which must not be truncated. */
function isJsonSuccess({
  status,
  headers,
  bodyKind,
}: Pick<UpstreamResponse, 'status' | 'headers' | 'bodyKind'>): boolean {
  if (status < 200 || status >= 300) return false;
  return bodyKind === 'json' || /\bjson\b/i.test(headerOf(headers, 'content-type') ?? '');
}

/** Bodies that are too large to be parsed must at least end like JSON. */
function isWholeJson(event: SseEvent): boolean {
  if (isMeasured(event)) return !!event.json;
  return /[}\]]\s*$/.test(Buffer.from(event.bytes.subarray(-ENDING_BYTES)).toString('latin1'));
}

const ENDING_BYTES = 64;

/** The status of the error in a success, if there is one. */
function statusOf({ bytes, text }: SseEvent): number | undefined {
  if (bytes.byteLength > ERROR_BYTES_MAX) return undefined;
  const error = errorInSuccess(Buffer.from(text, 'latin1').toString('utf8'));
  return error && statusOfError(error);
}
