import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowsCall,
  BREAKER_DEFAULTS,
  CLOSED_STATE,
  nextState,
  type BreakerEvent,
  type BreakerState,
} from '../../../../services/upstream/pool/breaker.ts';
import { checkProperty } from '../../../kit/properties.ts';

function failed(times: number, from: BreakerState = CLOSED_STATE, nowMs = 0): BreakerState {
  return Array.from({ length: times }).reduce<BreakerState>(
    (state) => nextState(state, 'failure', nowMs),
    from,
  );
}

describe('a circuit breaker', () => {
  it('opens after consecutive failures', () => {
    expect(failed(BREAKER_DEFAULTS.failuresMax - 1).kind).toBe('closed');
    expect(failed(BREAKER_DEFAULTS.failuresMax).kind).toBe('open');
    const recovered = nextState(failed(BREAKER_DEFAULTS.failuresMax - 1), 'success', 0);
    expect(failed(BREAKER_DEFAULTS.failuresMax - 1, recovered).kind).toBe('closed');
  });

  it('admits no call while open, then one probe, and closes if that succeeds', () => {
    const open = failed(BREAKER_DEFAULTS.failuresMax);
    expect(allowsCall(open, BREAKER_DEFAULTS.openMs - 1)).toBe(false);
    expect(allowsCall(open, BREAKER_DEFAULTS.openMs)).toBe(true);
    const probing = nextState(open, 'probe', BREAKER_DEFAULTS.openMs);
    expect(allowsCall(probing, BREAKER_DEFAULTS.openMs)).toBe(false);
    expect(nextState(probing, 'success', BREAKER_DEFAULTS.openMs)).toEqual(CLOSED_STATE);
  });

  it('stays open longer after each failed probe, up to a bound', () => {
    let state = failed(BREAKER_DEFAULTS.failuresMax);
    let nowMs = 0;
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      waits.push(state.untilMs - nowMs);
      nowMs = state.untilMs;
      state = nextState(nextState(state, 'probe', nowMs), 'failure', nowMs);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('admits another probe if one was abandoned', () => {
    const probing = nextState(
      failed(BREAKER_DEFAULTS.failuresMax),
      'probe',
      BREAKER_DEFAULTS.openMs,
    );
    const again = nextState(probing, 'abandoned', BREAKER_DEFAULTS.openMs + 1);
    expect(allowsCall(again, BREAKER_DEFAULTS.openMs + 1)).toBe(true);
  });

  it('ignores calls that started before it opened', () => {
    const open = failed(BREAKER_DEFAULTS.failuresMax);
    expect(nextState(open, 'success', 1)).toEqual(open);
    expect(nextState(open, 'failure', 1)).toEqual(open);
  });

  it('always admits a call eventually', () => {
    const events = fc.array(
      fc.tuple(
        fc.constantFrom<BreakerEvent>('success', 'failure', 'probe', 'abandoned'),
        fc.nat(20_000),
      ),
    );
    checkProperty(
      fc.property(events, (sequence) => {
        let nowMs = 0;
        let state = CLOSED_STATE;
        for (const [event, elapsedMs] of sequence) {
          nowMs += elapsedMs;
          // A probe starts only if admitted, and always ends.
          if (event !== 'probe' || allowsCall(state, nowMs)) state = nextState(state, event, nowMs);
        }
        if (state.kind === 'half-open') state = nextState(state, 'abandoned', nowMs);
        expect(allowsCall(state, nowMs + BREAKER_DEFAULTS.openMsMax)).toBe(true);
      }),
    );
  });
});
