import { describe, expect, it } from 'vitest';
import { createFailureThrottle } from '../../../../services/ingress/auth/failure-throttle.ts';
import type { LlmpError } from '../../../../shared/errors.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const ADDRESS = '192.0.2.1';

function setUp(entriesMax = 100) {
  const clock = createFakeClock();
  const limits = {
    failuresMax: 3,
    failureWindowMs: 60_000,
    throttleEntriesMax: entriesMax,
  };
  const throttle = createFailureThrottle({ clock, limits });
  const reject = (times: number, address = ADDRESS) => {
    for (let time = 0; time < times; time++) throttle.rejected(address);
  };
  /** Seconds to wait; 0 if admitted. */
  const wait = (address = ADDRESS, hash = 'any') => {
    try {
      throttle.admit(address, hash);
      return 0;
    } catch (error) {
      return (error as LlmpError).retryAfterSeconds;
    }
  };
  return { clock, throttle, reject, wait };
}

describe('the failure throttle', () => {
  it('rejects an address from its third failure until the window ends', () => {
    const { clock, reject, wait } = setUp();
    reject(2);
    expect(wait()).toBe(0);
    clock.advance(20_000);
    reject(1);
    expect(wait()).toBe(40);
    clock.advance(39_500);
    expect(wait()).toBe(1);
    clock.advance(500);
    expect(wait()).toBe(0);
  });

  it('never asks for a longer wait than Claude Code accepts', () => {
    const { reject, wait } = setUp();
    reject(3);
    expect(wait()).toBe(45);
  });

  it('counts per address and per window', () => {
    const { clock, reject, wait } = setUp();
    reject(2);
    clock.advance(60_000);
    reject(2);
    reject(3, '192.0.2.2');
    expect(wait()).toBe(0);
    expect(wait('192.0.2.2')).toBe(45);
  });

  it('admits credentials that were accepted before', () => {
    const { throttle, reject, wait } = setUp();
    throttle.accepted('good');
    reject(3);
    expect(wait(ADDRESS, 'good')).toBe(0);
    expect(wait(ADDRESS, 'bad')).toBe(45);
  });

  it('evicts the least recently used entries', () => {
    const { throttle, reject, wait } = setUp(2);
    for (const hash of ['a', 'b', 'a', 'c']) throttle.accepted(hash);
    reject(3);
    expect(['a', 'b', 'c'].map((hash) => wait(ADDRESS, hash))).toEqual([0, 45, 0]);
    reject(3, '192.0.2.2');
    reject(3, '192.0.2.3');
    expect(wait()).toBe(0);
    expect(wait('192.0.2.3')).toBe(45);
  });
});
