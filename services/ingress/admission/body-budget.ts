// Bounds the bytes of request bodies that a process holds. A key may hold as much as it leaves free, so one
// key gets half of the budget, two get a third each, and something is left for a new key.

import { LlmpError } from '../../../shared/errors.ts';
import type { HttpLimits } from '../../../shared/limits.ts';

export interface BodyReservation {
  /**
   * Reserves in total, without waiting; nothing once released.
   * @throws `rate_limited` if other bodies of the owner are in the way, else `overloaded`
   */
  resize(bytes: number): void;
  /** Counts bytes that exist already, such as those of a response: never refused. */
  add(bytes: number): void;
  /** Also when called more than once. */
  release(): void;
}

export class BodyBudget {
  readonly #limits: Pick<HttpLimits, 'bodyBytesInFlightMax' | 'bodyBytesCountedMin'>;
  readonly #heldByOwner = new Map<string, number>();
  #held = 0;

  constructor(limits: Pick<HttpLimits, 'bodyBytesInFlightMax' | 'bodyBytesCountedMin'>) {
    this.#limits = limits;
  }

  /** Bytes of all reservations. */
  get held(): number {
    return this.#held;
  }

  /** Throws as `resize`. */
  reserve(owner: string, bytes: number): BodyReservation {
    let counted = 0;
    let isReleased = false;
    const resize = (wanted: number) => {
      if (isReleased) return;
      const more = Math.max(wanted, this.#limits.bodyBytesCountedMin) - counted;
      if (more > 0) this.#check(owner, more, counted);
      this.#count(owner, more);
      counted += more;
    };
    resize(bytes);
    return {
      resize,
      add: (more) => {
        if (isReleased) return;
        this.#count(owner, more);
        counted += more;
      },
      release: () => {
        isReleased = true;
        this.#count(owner, -counted);
        counted = 0;
      },
    };
  }

  /** @param counted what the request holds already */
  #check(owner: string, more: number, counted: number): void {
    const own = this.#heldByOwner.get(owner) ?? 0;
    const free = this.#limits.bodyBytesInFlightMax - this.#held - more;
    if (own + more <= free) return;
    const others = own - counted;
    if (others > 0 && counted + more <= free + others) {
      throw new LlmpError(
        'rate_limited',
        `This API key has too many bytes of request bodies in flight: ${own + more} with this one.`,
      );
    }
    throw new LlmpError(
      'overloaded',
      `The gateway holds as many bytes of request bodies as it may: ${this.#limits.bodyBytesInFlightMax}.`,
    );
  }

  #count(owner: string, more: number): void {
    const own = (this.#heldByOwner.get(owner) ?? 0) + more;
    this.#held += more;
    if (own === 0) this.#heldByOwner.delete(owner);
    else this.#heldByOwner.set(owner, own);
  }
}
