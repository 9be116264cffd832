// Runs a response through a worker: a source splits it into events, which pass the transforms in order. Long
// work is done in short steps, so that the event loop can turn in between.

import { finished } from '../../runtime/finished.ts';
import { joinEvents, type EventSource } from './event-source.ts';
import { SseEvent } from './sse-event.ts';

/** The last events of a response that breaks off, and the error for the client. */
export interface BrokenOff {
  readonly events: readonly SseEvent[];
  readonly error: unknown;
}

/** One transform of a response. The response breaks off if a method throws. */
export interface ResponseTransform {
  /** Takes the next event and returns what to send for it: itself, nothing, or others. */
  event(event: SseEvent): SseEvent | readonly SseEvent[];
  /** Like `event`, in short steps: called in its place for large events. */
  steps?(event: SseEvent): Generator<void, SseEvent | readonly SseEvent[]>;
  /** Called after the last event. Returns what was held back. */
  end?(): readonly SseEvent[];
  /** Called when the response breaks off before this step or in it. */
  breakOff?(error: unknown): BrokenOff;
  /** Called once the response is over, however it ended. */
  close?(): void;
}

/** Events that pass a transform between two steps: less than two milliseconds. */
const STEP_EVENTS = 128;
/** Smaller events take less than a millisecond. */
const LARGE_BYTES = 64 * 1024;

export const NO_BYTES: Uint8Array = new Uint8Array();

interface Failure {
  readonly error: unknown;
}

type Ending = 'end' | Failure;

/** Bytes to send, or the steps that lead to them. */
export type Passed = Uint8Array | Generator<void, Uint8Array>;

export class ResponsePipeline {
  readonly #source: EventSource;
  readonly #transforms: readonly ResponseTransform[];
  #failure: Failure | undefined;

  /** @param transforms in the order in which each event passes them */
  constructor(source: EventSource, transforms: readonly ResponseTransform[]) {
    this.#source = source;
    this.#transforms = transforms;
  }

  /** Why the response has broken off, if so. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Takes bytes cut anywhere. Returns complete events, and the last ones if there is a `failure`. */
  push(bytes: Uint8Array): Uint8Array {
    return atOnce(this.pushSteps(bytes));
  }

  /** Like `push`; work that may take long is returned in short steps. */
  pushSteps(bytes: Uint8Array): Passed {
    const events = this.#source.push(bytes);
    const { error } = this.#source;
    return this.#passed(events, error && { error });
  }

  /** Call when the bytes end. Returns what is left. */
  end(): Uint8Array {
    return atOnce(this.endSteps());
  }

  /** Like `end`; work that may take long is returned in short steps. */
  endSteps(): Passed {
    return this.#passed(this.#source.end(), 'end');
  }

  /** Call when the bytes break off. Returns held events, but no partial one. */
  breakOff(error: unknown): Uint8Array {
    return this.#pass([], { error });
  }

  /** Call once the response is over, however it ended. */
  close(): void {
    for (const transform of this.#transforms) transform.close?.();
  }

  #passed(events: readonly SseEvent[], ending?: Ending): Passed {
    const [only] = events;
    if (only && events.length === 1 && !ending && !isLarge(only))
      return this.#passOne(only, events);
    const isShort = events.length <= STEP_EVENTS && !events.some(isLarge);
    return isShort ? this.#pass(events, ending) : this.#passSteps(events, ending);
  }

  /** Like `#pass`, as long as each transform returns one event. */
  #passOne(event: SseEvent, events: readonly SseEvent[]): Uint8Array {
    let passed = event;
    for (const [index, transform] of this.#transforms.entries()) {
      let sent: SseEvent | readonly SseEvent[];
      try {
        sent = transform.event(passed);
      } catch (error) {
        const last: SseEvent[] = [];
        const failure = endOf(transform, last, { error }, undefined);
        return this.#passFrom(index + 1, last, failure);
      }
      if (sent instanceof SseEvent) passed = sent;
      else if (sent.length === 1 && sent[0]) passed = sent[0];
      else if (sent.length === 0) return NO_BYTES;
      else return this.#passFrom(index + 1, sent, undefined);
    }
    return this.#sent(passed === event ? events : [passed], undefined);
  }

  #pass(events: readonly SseEvent[], ending?: Ending): Uint8Array {
    return this.#passFrom(0, events, ending === 'end' ? undefined : ending, ending);
  }

  /** Sends events through the transforms from one on; `failed` if the response broke off before. */
  #passFrom(
    first: number,
    events: readonly SseEvent[],
    failed: Failure | undefined,
    ending: Ending | undefined = failed,
  ): Uint8Array {
    let passed = events;
    let failure = failed;
    for (const transform of this.#transforms.slice(first)) {
      const sent: SseEvent[] = [];
      try {
        for (const event of passed) send(sent, transform.event(event));
      } catch (error) {
        failure = { error };
      }
      failure = endOf(transform, sent, failure, ending);
      passed = sent;
    }
    return this.#sent(passed, failure);
  }

  /** Like `#pass`, without a generator for each chunk. */
  *#passSteps(events: readonly SseEvent[], ending?: Ending): Generator<void, Uint8Array> {
    let passed = events;
    let failure = ending === 'end' ? undefined : ending;
    for (const transform of this.#transforms) {
      const sent: SseEvent[] = [];
      try {
        for (const [index, event] of passed.entries()) {
          if (index % STEP_EVENTS === STEP_EVENTS - 1) yield;
          const steps = isLarge(event) ? transform.steps?.(event) : undefined;
          send(sent, steps ? yield* steps : transform.event(event));
        }
      } catch (error) {
        failure = { error };
      }
      failure = endOf(transform, sent, failure, ending);
      passed = sent;
    }
    return this.#sent(passed, failure);
  }

  #sent(events: readonly SseEvent[], failure: Failure | undefined): Uint8Array {
    this.#failure = failure;
    return events.length === 0 ? NO_BYTES : joinEvents(events);
  }
}

/** Ends a transform: after a failure, a later transform gets the last events and then the error. */
function endOf(
  transform: ResponseTransform,
  sent: SseEvent[],
  failed: Failure | undefined,
  ending: Ending | undefined,
): Failure | undefined {
  let failure = failed;
  try {
    if (ending === 'end' && !failure && transform.end) send(sent, transform.end());
  } catch (error) {
    failure = { error };
  }
  if (!failure || !transform.breakOff) return failure;
  const broken = transform.breakOff(failure.error);
  send(sent, broken.events);
  return { error: broken.error };
}

function isLarge({ bytes }: SseEvent): boolean {
  return bytes.byteLength > LARGE_BYTES;
}

function atOnce(passed: Passed): Uint8Array {
  return passed instanceof Uint8Array ? passed : finished(passed);
}

function send(sent: SseEvent[], events: SseEvent | readonly SseEvent[]): void {
  if (events instanceof SseEvent) sent.push(events);
  else for (const event of events) sent.push(event);
}
