// All requests this ingress owns, by id: opens their common mailbox, hands each its frames, and
// looks at every one of them once a beat. A frame nobody waits for is answered with a cancel, which
// is how a worker learns that a client left while the letter was moving between rooms.

import type { Bus, Mailbox } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Frame, Letter, LetterMeta } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { Limits } from '../../../shared/limits.ts';
import { Exchange } from './exchange.ts';

export interface ExchangesOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly events: Events;
}

export class Exchanges implements AsyncDisposable {
  readonly #options: ExchangesOptions;
  readonly #exchangeById = new Map<string, Exchange>();
  readonly #stopTicks: () => void;
  readonly #mailbox: Mailbox;
  #tickedMs: number;
  #isAbandoned = false;

  private constructor(options: ExchangesOptions, mailbox: Mailbox) {
    this.#options = options;
    this.#mailbox = mailbox;
    this.#tickedMs = options.clock.monotonic();
    this.#stopTicks = options.clock.every(options.limits.beatMs, () => this.#tick());
  }

  static async start(options: ExchangesOptions): Promise<Exchanges> {
    // Frames come only for requests begun, so none can come before there is somebody to receive it.
    const started: { exchanges?: Exchanges } = {};
    const mailbox = await options.bus.open('ingress', (parcel, sender) =>
      started.exchanges?.receive(parcel as Frame, sender),
    );
    return (started.exchanges = new Exchanges(options, mailbox));
  }

  get size(): number {
    return this.#exchangeById.size;
  }

  /** Sends a request into the rooms; throws `draining` when none is to begin any more. */
  begin(meta: Omit<LetterMeta, 'home' | 'attempt' | 'hop'>, body: Letter['body']): Exchange {
    if (this.#isAbandoned) throw new LlmpError('draining');
    const letter: Letter = {
      meta: { ...meta, attempt: 1, hop: 0, home: this.#mailbox.address },
      body,
    };
    const exchange = new Exchange({ ...this.#options, letter });
    this.#exchangeById.set(exchange.id, exchange);
    return exchange;
  }

  /** The request is answered and logged; late frames of it are of no interest. */
  forget(exchange: Exchange): void {
    this.#exchangeById.delete(exchange.id);
  }

  receive(frame: Frame, sender: string): void {
    const { id, attempt, hop, from } = frame.meta;
    if (this.#exchangeById.get(id)?.receive(frame, sender)) return;
    const cancel = { meta: { kind: 'cancel' as const, id, attempt, hop, seq: -1 } };
    this.#options.bus.post(from, 'ingress', cancel, 'now');
  }

  /** Ends what is still open, and what comes later, with `draining`. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const exchange of this.#exchangeById.values()) exchange.cancel(new LlmpError('draining'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abandon();
    this.#stopTicks();
    await this.#mailbox.close();
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonic();
    // A late tick means that this loop was busy: what rooms said meanwhile has not been read yet.
    const late = nowMs - this.#tickedMs > 2 * this.#options.limits.beatMs;
    this.#tickedMs = nowMs;
    for (const exchange of this.#exchangeById.values()) {
      if (late) exchange.excuse(nowMs);
      else exchange.tick(nowMs);
    }
  }
}
