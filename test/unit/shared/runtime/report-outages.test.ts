import { describe, expect, it } from 'vitest';
import { DependencyError } from '../../../../shared/runtime/dependency-error.ts';
import { reportOutages } from '../../../../shared/runtime/report-outages.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

const errorOf = (what: string, isTransient = true) =>
  new DependencyError({ component: 'Redis', address: 'redis:6379', what, isTransient });

describe('reports of an outage', () => {
  it('repeat each message once a minute, however often five connections fail', () => {
    const clock = createFakeClock();
    const reported: string[] = [];
    const report = reportOutages((error) => reported.push(String(error)), clock);
    for (let seconds = 0; seconds < 130; seconds += 1) {
      for (let connection = 0; connection < 5; connection += 1) {
        report(errorOf(connection % 2 === 0 ? 'cannot be reached' : 'did not respond in time'));
      }
      clock.advance(1_000);
    }
    const unreachable = 'DependencyError: Redis at redis:6379 cannot be reached';
    const silent = 'DependencyError: Redis at redis:6379 did not respond in time';
    expect(reported).toEqual([unreachable, silent, unreachable, silent, unreachable, silent]);
  });

  it.each([
    ['a wrong password', () => errorOf('refused the password (WRONGPASS)', false)],
    ['a bug', () => new TypeError('x is not a function')],
    ['what is no error', () => 'thrown'],
  ])('leave out nothing of %s', (_what, create) => {
    const reported: unknown[] = [];
    const report = reportOutages((error) => reported.push(error), createFakeClock());
    const errors = [create(), create(), create()];
    for (const error of errors) report(error);
    expect(reported).toEqual(errors);
  });
});
