// Permits the calls of a request to upstreams and counts them over all attempts, so that a request is paid at
// most a few times, whatever is delivered late or twice. Knows which calls have an unknown outcome.

import type { PipelineLimits } from '../../../shared/limits.ts';
import type {
  AskMeta,
  FrameMeta,
  PermitMeta,
  StageName,
} from '../../../shared/protocol/messages.ts';

export class PermittedCalls {
  readonly #callsMax: number;
  /** Of the attempts before the current one. */
  #earlier = 0;
  #current = 0;
  /** Lease of the task that may call upstreams in the current attempt. */
  #holder: string | undefined;
  #unknown = 0;

  constructor({ upstreamAttemptsMax }: Pick<PipelineLimits, 'upstreamAttemptsMax'>) {
    this.#callsMax = upstreamAttemptsMax;
  }

  get isExhausted(): boolean {
    return this.#earlier + this.#current >= this.#callsMax;
  }

  /**
   * Permitted calls that may have cost something nobody knows.
   * @param hasResponse whether the last call has a response, which counts by its usage
   */
  unknown(hasResponse: boolean): number {
    return this.#unknown + Math.max(0, this.#current - (hasResponse ? 1 : 0));
  }

  /** @returns `undefined` for one call too many, and for a second task of the attempt */
  permit({ lease, call }: AskMeta): Pick<PermitMeta, 'mayRepeat'> | undefined {
    this.#holder ??= lease;
    const calls = this.#earlier + Math.max(this.#current, call);
    if (this.#holder !== lease || calls > this.#callsMax) return undefined;
    this.#current = Math.max(this.#current, call);
    return { mayRepeat: calls < this.#callsMax };
  }

  /**
   * Call once an attempt is over.
   * @param reported calls with an unknown outcome, from its upstream worker
   * @param hasResponse as for `unknown`, where nothing was reported
   */
  endAttempt(reported: number | undefined, hasResponse: boolean): void {
    this.#unknown = reported === undefined ? this.unknown(hasResponse) : this.#unknown + reported;
    this.#earlier += this.#current;
    this.#current = 0;
    this.#holder = undefined;
  }
}

/**
 * The calls with an unknown outcome that a failed worker reports. Only the upstream worker knows of them:
 * another one may fail after it has passed the message on. @returns `undefined` for any other
 */
export function reportedCalls(
  { position, unknownCalls = 0 }: Extract<FrameMeta, { kind: 'error' }>,
  routingSlip: readonly StageName[],
): number | undefined {
  return routingSlip[position] === 'upstream' ? unknownCalls : undefined;
}
