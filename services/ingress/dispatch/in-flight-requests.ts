// All requests of this ingress, by id: delivers the frames of the common inbox and checks each request once
// per heartbeat. A frame of an unknown request gets a cancel as reply, because its client has left.

import type { Bus, Inbox } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Envelope, ReceivedFrame, RequestMessage } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import { blockedByOf } from './attempt.ts';
import { Exchange } from './exchange.ts';
import { Quarantine } from './quarantine.ts';

export interface InFlightRequestsOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: PipelineLimits;
  readonly events: Events;
}

export class InFlightRequests implements AsyncDisposable {
  readonly #options: InFlightRequestsOptions;
  readonly #quarantine: Quarantine;
  readonly #exchangeById = new Map<string, Exchange>();
  readonly #stopTicks: () => void;
  readonly #inbox: Inbox;
  #tickedMs: number;
  #isAbandoned = false;

  private constructor(options: InFlightRequestsOptions, inbox: Inbox) {
    this.#options = options;
    this.#quarantine = new Quarantine(options);
    this.#inbox = inbox;
    this.#tickedMs = options.clock.monotonic();
    this.#stopTicks = options.clock.every(options.limits.heartbeatMs, () => this.#tick());
  }

  static async start(options: InFlightRequestsOptions): Promise<InFlightRequests> {
    const started: { inFlightRequests?: InFlightRequests } = {};
    // No frame can arrive before a request has begun.
    const inbox = await options.bus.openIngressInbox((frame, sender) =>
      started.inFlightRequests?.receive(frame, sender),
    );
    return (started.inFlightRequests = new InFlightRequests(options, inbox));
  }

  get size(): number {
    return this.#exchangeById.size;
  }

  /**
   * Dispatches a request.
   * @throws `draining` once the ingress has been abandoned; `request_quarantined` for the body of a request
   * that has cost several workers
   */
  begin(
    meta: Omit<Envelope, 'replyTo' | 'attempt' | 'position' | 'deadlineMs'>,
    body: RequestMessage['body'],
  ): Exchange {
    if (this.#isAbandoned) throw new LlmpError('draining');
    if (this.#quarantine.has(meta.tenant, body)) throw new LlmpError('request_quarantined');
    const message: RequestMessage = {
      meta: {
        ...meta,
        attempt: 1,
        deadlineMs: this.#options.limits.requestMs,
        position: 0,
        replyTo: this.#inbox.address,
      },
      body,
    };
    const exchange = new Exchange({ ...this.#options, message, quarantine: this.#quarantine });
    this.#exchangeById.set(exchange.id, exchange);
    return exchange;
  }

  /** Call when the response has closed; later frames are answered with a cancel. */
  forget(exchange: Exchange): void {
    this.#exchangeById.delete(exchange.id);
  }

  receive(frame: ReceivedFrame, sender: string): void {
    const { id, attempt, position, from } = frame.meta;
    if (this.#exchangeById.get(id)?.receive(frame, sender)) return;
    // Its event loop reads no cancel.
    if (blockedByOf(frame.meta)) return;
    this.#quarantine.heardFrom(frame.meta);
    const cancel = { meta: { kind: 'cancel' as const, id, attempt, position, seq: -1 } };
    this.#options.bus.postControl(from, cancel, 'immediate');
  }

  /** Ends running requests, and those that begin later, with `draining`. */
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
    // A late tick means that the event loop was blocked: frames that arrived since are still unread.
    const isLate = nowMs - this.#tickedMs > 2 * this.#options.limits.heartbeatMs;
    this.#tickedMs = nowMs;
    for (const exchange of this.#exchangeById.values()) {
      if (isLate) exchange.resetHeartbeat(nowMs);
      else exchange.tick(nowMs);
    }
  }
}
