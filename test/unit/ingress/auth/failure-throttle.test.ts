import { describe, expect, it } from 'vitest';
import { createRejectThrottle } from '../../../../services/ingress/auth/failure-throttle.ts';
import type { LlmpError } from '../../../../shared/errors.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const HOME = '192.0.2.1';

function throttleOf(entriesMax = 100) {
  const clock = createFakeClock();
  const limits = {
    authFailuresMax: 3,
    authFailureWindowMs: 60_000,
    throttleEntriesMax: entriesMax,
  };
  const throttle = createRejectThrottle({ clock, limits });
  const reject = (times: number, address = HOME) => {
    for (let time = 0; time < times; time++) throttle.rejected(address);
  };
  /** Seconds to wait, 0 when admitted. */
  const wait = (address = HOME, hash = 'any') => {
    try {
      throttle.admit(address, hash);
      return 0;
    } catch (error) {
      return (error as LlmpError).retryAfterSeconds;
    }
  };
  return { clock, throttle, reject, wait };
}

describe('the throttle of rejected keys', () => {
  it('refuses an address from its third reject to the end of that minute', () => {
    const { clock, reject, wait } = throttleOf();
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

  it('never asks for a wait at which Claude Code would give up', () => {
    const { reject, wait } = throttleOf();
    reject(3);
    expect(wait()).toBe(45);
  });

  it('counts each address for itself, and each minute anew', () => {
    const { clock, reject, wait } = throttleOf();
    reject(2);
    clock.advance(60_000);
    reject(2);
    reject(3, '192.0.2.2');
    expect(wait()).toBe(0);
    expect(wait('192.0.2.2')).toBe(45);
  });

  it('goes on listening to credentials that were accepted', () => {
    const { throttle, reject, wait } = throttleOf();
    throttle.accepted('good');
    reject(3);
    expect(wait(HOME, 'good')).toBe(0);
    expect(wait(HOME, 'bad')).toBe(45);
  });

  it('remembers only so many, and forgets what was unused for longest', () => {
    const { throttle, reject, wait } = throttleOf(2);
    for (const hash of ['a', 'b', 'a', 'c']) throttle.accepted(hash);
    reject(3);
    expect(['a', 'b', 'c'].map((hash) => wait(HOME, hash))).toEqual([0, 45, 0]);
    reject(3, '192.0.2.2');
    reject(3, '192.0.2.3');
    expect(wait()).toBe(0);
    expect(wait('192.0.2.3')).toBe(45);
  });
});
