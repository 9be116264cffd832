// A circuit breaker as a pure state machine. After several failures in a row it opens for a while, then
// admits one probe; it closes when the probe succeeds.

export interface BreakerState {
  readonly kind: 'closed' | 'open' | 'half-open';
  /** Consecutive failures. */
  readonly failures: number;
  /** When an open breaker admits a probe, in the time of its events. */
  readonly untilMs: number;
  /** How long it opened the last time. */
  readonly openMs: number;
}

/**
 * - `success`, `failure`: how a call ended.
 * - `probe`: the single call of an open breaker starts.
 * - `abandoned`: a call ended without a result.
 */
export type BreakerEvent = 'success' | 'failure' | 'probe' | 'abandoned';

export interface BreakerOptions {
  readonly failuresMax: number;
  readonly openMs: number;
  readonly openMsMax: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = {
  failuresMax: 5,
  openMs: 5_000,
  openMsMax: 60_000,
};

export const CLOSED_STATE: BreakerState = { kind: 'closed', failures: 0, untilMs: 0, openMs: 0 };

/** Whether a call may start now. If the breaker is not closed, apply `probe` first. */
export function allowsCall(state: BreakerState, nowMs: number): boolean {
  return state.kind === 'closed' || (state.kind === 'open' && nowMs >= state.untilMs);
}

/** The state after an event. */
export function nextState(
  state: BreakerState,
  event: BreakerEvent,
  nowMs: number,
  options: BreakerOptions = BREAKER_DEFAULTS,
): BreakerState {
  switch (event) {
    case 'probe':
      return state.kind === 'open' ? { ...state, kind: 'half-open' } : state;
    case 'abandoned':
      // Another call may probe instead.
      return state.kind === 'half-open' ? { ...state, kind: 'open', untilMs: nowMs } : state;
    case 'success':
      // The call started before the breaker opened.
      return state.kind === 'open' ? state : CLOSED_STATE;
    case 'failure': {
      if (state.kind === 'open') return state;
      const failures = state.failures + 1;
      if (state.kind === 'closed' && failures < options.failuresMax) return { ...state, failures };
      const openMs = Math.min(options.openMsMax, state.openMs * 2 || options.openMs);
      return { kind: 'open', failures, untilMs: nowMs + openMs, openMs };
    }
  }
}
