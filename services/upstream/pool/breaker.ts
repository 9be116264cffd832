// A circuit breaker as a pure state machine: an upstream that fails several times in a row is left
// alone for a while, then asked once; only when that succeeds do the others follow.

export interface BreakerState {
  readonly kind: 'closed' | 'open' | 'half-open';
  /** In a row. */
  readonly failures: number;
  /** When an open one may be tried, on the clock of its events. */
  readonly untilMs: number;
  /** How long it was opened for last. */
  readonly openMs: number;
}

/**
 * - `success`, `failure`: how a call ended.
 * - `probe`: the one call of an open breaker begins.
 * - `abandoned`: a call ended without telling anything.
 */
export type BreakerEvent = 'success' | 'failure' | 'probe' | 'abandoned';

export interface BreakerOptions {
  readonly failuresMax: number;
  readonly openMs: number;
  readonly openMsMax: number;
}

export const BREAKER: BreakerOptions = { failuresMax: 5, openMs: 5_000, openMsMax: 60_000 };

export const CLOSED: BreakerState = { kind: 'closed', failures: 0, untilMs: 0, openMs: 0 };

/** Whether a call may begin now. Where the breaker is not closed, tell it of the `probe`. */
export function admits(state: BreakerState, nowMs: number): boolean {
  return state.kind === 'closed' || (state.kind === 'open' && nowMs >= state.untilMs);
}

/** The state after an event. */
export function next(
  state: BreakerState,
  event: BreakerEvent,
  nowMs: number,
  options: BreakerOptions = BREAKER,
): BreakerState {
  switch (event) {
    case 'probe':
      return state.kind === 'open' ? { ...state, kind: 'half-open' } : state;
    case 'abandoned':
      // Somebody else may ask what this one did not find out.
      return state.kind === 'half-open' ? { ...state, kind: 'open', untilMs: nowMs } : state;
    case 'success':
      // What began before it opened says nothing of how it is now.
      return state.kind === 'open' ? state : CLOSED;
    case 'failure': {
      if (state.kind === 'open') return state;
      const failures = state.failures + 1;
      if (state.kind === 'closed' && failures < options.failuresMax) return { ...state, failures };
      const openMs = Math.min(options.openMsMax, state.openMs * 2 || options.openMs);
      return { kind: 'open', failures, untilMs: nowMs + openMs, openMs };
    }
  }
}
