// Counts the workers that accepted a request and then fell silent or hang. The request itself may be the
// cause, so after a few lost workers it is not dispatched again.

import { LlmpError } from '../../../shared/errors.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { FrameMeta, RequestMessage } from '../../../shared/protocol/messages.ts';
import type { Attempt, BlockedBy } from './attempt.ts';
import type { Quarantine } from './quarantine.ts';

export interface LostWorkersOptions {
  readonly limits: Pick<PipelineLimits, 'lostWorkersMax'>;
  readonly message: RequestMessage;
  readonly quarantine: Quarantine;
}

type AttemptState = Pick<Attempt, 'attempt' | 'position' | 'isAccepted'>;

export class LostWorkers {
  readonly #options: LostWorkersOptions;
  /** Position of the worker that was lost, by attempt. */
  readonly #positions = new Map<number, number>();

  constructor(options: LostWorkersOptions) {
    this.#options = options;
  }

  /** Counts the silent worker of an attempt. @returns what this means for the request */
  add({ attempt, position, isAccepted }: AttemptState): LlmpError {
    if (isAccepted) this.#positions.set(attempt, position);
    return this.#isTooMany() ? this.#quarantined() : new LlmpError('worker_lost');
  }

  /**
   * Counts the hanging worker of an attempt, unless another request makes it hang. The one that does is
   * remembered beyond its end, as clients send it again. @returns what this means for the request
   */
  addHanging(current: AttemptState, blockedBy: BlockedBy): LlmpError {
    if (blockedBy === 'other') return new LlmpError('worker_lost');
    if (blockedBy === 'unknown') return this.add(current);
    const { message, quarantine } = this.#options;
    this.#positions.set(current.attempt, current.position);
    if (this.#isTooMany()) return this.#quarantined();
    quarantine.add(message, this.#positions);
    return new LlmpError('stage_timeout');
  }

  /** Call for every frame: a worker that sends again was only slow and does not count as lost. */
  heardFrom({ attempt, position }: Pick<FrameMeta, 'attempt' | 'position'>): void {
    if ((this.#positions.get(attempt) ?? Infinity) <= position) this.#positions.delete(attempt);
  }

  #isTooMany(): boolean {
    const { limits, message, quarantine } = this.#options;
    return this.#positions.size + quarantine.lossesOf(message) >= limits.lostWorkersMax;
  }

  #quarantined(): LlmpError {
    this.#options.quarantine.add(this.#options.message, this.#positions);
    return new LlmpError('request_quarantined');
  }
}
