import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admits,
  BREAKER,
  CLOSED,
  next,
  type BreakerEvent,
  type BreakerState,
} from '../../../../services/upstream/pool/breaker.ts';
import { checkProperty } from '../../../kit/properties.ts';

function failed(times: number, from: BreakerState = CLOSED, nowMs = 0): BreakerState {
  return Array.from({ length: times }).reduce<BreakerState>(
    (state) => next(state, 'failure', nowMs),
    from,
  );
}

describe('a circuit breaker', () => {
  it('opens after consecutive failures', () => {
    expect(failed(BREAKER.failuresMax - 1).kind).toBe('closed');
    expect(failed(BREAKER.failuresMax).kind).toBe('open');
    const recovered = next(failed(BREAKER.failuresMax - 1), 'success', 0);
    expect(failed(BREAKER.failuresMax - 1, recovered).kind).toBe('closed');
  });

  it('admits no call while open, then one probe, and closes if that succeeds', () => {
    const open = failed(BREAKER.failuresMax);
    expect(admits(open, BREAKER.openMs - 1)).toBe(false);
    expect(admits(open, BREAKER.openMs)).toBe(true);
    const probing = next(open, 'probe', BREAKER.openMs);
    expect(admits(probing, BREAKER.openMs)).toBe(false);
    expect(next(probing, 'success', BREAKER.openMs)).toEqual(CLOSED);
  });

  it('stays open longer after each failed probe, up to a bound', () => {
    let state = failed(BREAKER.failuresMax);
    let nowMs = 0;
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      waits.push(state.untilMs - nowMs);
      nowMs = state.untilMs;
      state = next(next(state, 'probe', nowMs), 'failure', nowMs);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('admits another probe if one was abandoned', () => {
    const probing = next(failed(BREAKER.failuresMax), 'probe', BREAKER.openMs);
    const again = next(probing, 'abandoned', BREAKER.openMs + 1);
    expect(admits(again, BREAKER.openMs + 1)).toBe(true);
  });

  it('ignores calls that started before it opened', () => {
    const open = failed(BREAKER.failuresMax);
    expect(next(open, 'success', 1)).toEqual(open);
    expect(next(open, 'failure', 1)).toEqual(open);
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
        let state = CLOSED;
        for (const [event, elapsedMs] of sequence) {
          nowMs += elapsedMs;
          // A probe starts only if admitted, and always ends.
          if (event !== 'probe' || admits(state, nowMs)) state = next(state, event, nowMs);
        }
        if (state.kind === 'half-open') state = next(state, 'abandoned', nowMs);
        expect(admits(state, nowMs + BREAKER.openMsMax)).toBe(true);
      }),
    );
  });
});
