// All requests this ingress owns, by id: opens their common inbox, hands each its frames, and
// looks at every one of them once a heartbeat. A frame nobody waits for is answered with a cancel, which
// is how a worker learns that a client left while the message was moving between workers.

import type { Bus, Inbox } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Frame, RequestMessage, Envelope } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { Limits } from '../../../shared/limits.ts';
import { Exchange } from './exchange.ts';

export interface InFlightRequestsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly events: Events;
}

export class InFlightRequests implements AsyncDisposable {
  readonly #options: InFlightRequestsOptions;
  readonly #exchangeById = new Map<string, Exchange>();
  readonly #stopTicks: () => void;
  readonly #inbox: Inbox;
  #tickedMs: number;
  #isAbandoned = false;

  private constructor(options: InFlightRequestsOptions, inbox: Inbox) {
    this.#options = options;
    this.#inbox = inbox;
    this.#tickedMs = options.clock.monotonic();
    this.#stopTicks = options.clock.every(options.limits.heartbeatMs, () => this.#tick());
  }

  static async start(options: InFlightRequestsOptions): Promise<InFlightRequests> {
    // Frames come only for requests begun, so none can come before there is somebody to receive it.
    const started: { inFlightRequests?: InFlightRequests } = {};
    const inbox = await options.bus.open('ingress', (item, sender) =>
      started.inFlightRequests?.receive(item as Frame, sender),
    );
    return (started.inFlightRequests = new InFlightRequests(options, inbox));
  }

  get size(): number {
    return this.#exchangeById.size;
  }

  /** Sends a request into the workers; throws `draining` when none is to begin any more. */
  begin(
    meta: Omit<Envelope, 'replyTo' | 'attempt' | 'position'>,
    body: RequestMessage['body'],
  ): Exchange {
    if (this.#isAbandoned) throw new LlmpError('draining');
    const message: RequestMessage = {
      meta: { ...meta, attempt: 1, position: 0, replyTo: this.#inbox.address },
      body,
    };
    const exchange = new Exchange({ ...this.#options, message });
    this.#exchangeById.set(exchange.id, exchange);
    return exchange;
  }

  /** The request is answered and logged; late frames of it are of no interest. */
  forget(exchange: Exchange): void {
    this.#exchangeById.delete(exchange.id);
  }

  receive(frame: Frame, sender: string): void {
    const { id, attempt, position, from } = frame.meta;
    if (this.#exchangeById.get(id)?.receive(frame, sender)) return;
    const cancel = { meta: { kind: 'cancel' as const, id, attempt, position, seq: -1 } };
    this.#options.bus.post(from, 'ingress', cancel, 'immediate');
  }

  /** Ends what is still open, and what comes later, with `draining`. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const exchange of this.#exchangeById.values()) exchange.cancel(new LlmpError('draining'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abandon();
    this.#stopTicks();
    await this.#inbox.close();
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonic();
    // A late tick means that this loop was busy: what workers said meanwhile has not been read yet.
    const late = nowMs - this.#tickedMs > 2 * this.#options.limits.heartbeatMs;
    this.#tickedMs = nowMs;
    for (const exchange of this.#exchangeById.values()) {
      if (late) exchange.resetHeartbeat(nowMs);
      else exchange.tick(nowMs);
    }
  }
}
