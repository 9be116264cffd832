// Counts the workers that accepted a request and then fell silent. The request itself may be the cause, so
// after a few lost workers it is not dispatched again.

import { LlmpError } from '../../../shared/errors.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { FrameMeta, RequestMessage } from '../../../shared/protocol/messages.ts';
import type { Attempt } from './attempt.ts';
import type { Quarantine } from './quarantine.ts';

export interface LostWorkersOptions {
  readonly limits: Pick<
    PipelineLimits,
    'lostWorkersMax' | 'heartbeatTimeoutMs' | 'megabyteSilenceMs'
  >;
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

  /** Silence after which a worker counts as lost: with a large body it may be busy for longer. */
  silenceMaxMs(bodySize: number): number {
    const { heartbeatTimeoutMs, megabyteSilenceMs } = this.#options.limits;
    return heartbeatTimeoutMs + (bodySize / 1_000_000) * megabyteSilenceMs;
  }

  /** Counts the silent worker of an attempt. @returns what this means for the request */
  add({ attempt, position, isAccepted }: AttemptState): LlmpError {
    const { limits, message, quarantine } = this.#options;
    if (isAccepted) this.#positions.set(attempt, position);
    if (this.#positions.size < limits.lostWorkersMax) return new LlmpError('worker_lost');
    quarantine.add(message, this.#positions);
    return new LlmpError('request_quarantined');
  }

  /** Call for every frame: a worker that sends again was only slow and does not count as lost. */
  heardFrom({ attempt, position }: Pick<FrameMeta, 'attempt' | 'position'>): void {
    if ((this.#positions.get(attempt) ?? Infinity) <= position) this.#positions.delete(attempt);
  }
}
