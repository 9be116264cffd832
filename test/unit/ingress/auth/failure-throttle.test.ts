import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFailureThrottle } from '../../../../services/ingress/auth/failure-throttle.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const ADDRESS = '192.0.2.1';
const LOOKUPS_MAX = 2;
const QUEUED_MAX = 3;

function setUp(entriesMax = 100) {
  const clock = createFakeClock();
  const limits = {
    failuresMax: 3,
    failureWindowMs: 60_000,
    lookupsMax: LOOKUPS_MAX,
    lookupsQueuedMax: QUEUED_MAX,
    throttleEntriesMax: entriesMax,
  };
  const throttle = createFailureThrottle({ clock, limits });
  const invalid = new LlmpError('invalid_api_key');
  /** Seconds that the next rejected credential has to wait; 0 if it may try again at once. */
  const reject = (address = ADDRESS) => {
    const error = throttle.rejected(address, invalid);
    return error === invalid ? 0 : error.retryAfterSeconds;
  };
  const exhaust = (address = ADDRESS) => {
    for (let time = 0; time < 3; time++) reject(address);
  };
  return { clock, throttle, reject, exhaust };
}

/** Look-ups that run until `finishAll` is called. */
function openLookups(throttle: ReturnType<typeof setUp>['throttle']) {
  const running: (() => void)[] = [];
  const outcomes: string[] = [];
  let runningMax = 0;
  const start = (hash: string, address = ADDRESS) => {
    const find = () =>
      new Promise<string>((resolve) => {
        running.push(() => resolve(hash));
        runningMax = Math.max(runningMax, running.length);
      });
    throttle.lookUp(address, hash, find).then(
      (found) => outcomes.push(found),
      (error: LlmpError) => outcomes.push(error.code),
    );
  };
  const settled = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return {
    start,
    outcomes,
    settled,
    runningMax: () => runningMax,
    runningNow: () => running.length,
    async finishAll() {
      for (await settled(); running.length > 0; await settled()) running.shift()?.();
    },
  };
}

describe('the failure throttle', () => {
  it('throttles an address after its third failure until the window ends', () => {
    const { clock, reject } = setUp();
    expect([reject(), reject()]).toEqual([0, 0]);
    clock.advance(20_000);
    expect([reject(), reject()]).toEqual([0, 40]);
    clock.advance(39_500);
    expect(reject()).toBe(1);
    clock.advance(500);
    expect(reject()).toBe(0);
  });

  it('never asks for a longer wait than Claude Code accepts', () => {
    const { exhaust, reject } = setUp();
    exhaust();
    expect(reject()).toBe(45);
  });

  it('counts per address and per window', () => {
    const { clock, reject, exhaust } = setUp();
    expect([reject(), reject()]).toEqual([0, 0]);
    clock.advance(60_000);
    expect([reject(), reject()]).toEqual([0, 0]);
    exhaust('192.0.2.2');
    expect([reject('192.0.2.2'), reject()]).toEqual([45, 0]);
  });

  it('forgets the address that failed the longest time ago', () => {
    const { reject, exhaust } = setUp(2);
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) exhaust(address);
    expect([reject('192.0.2.3'), reject('192.0.2.1')]).toEqual([45, 0]);
  });
});

describe('look-ups', () => {
  it('run at once from an address without too many failures', () => {
    const { throttle } = setUp();
    const lookups = openLookups(throttle);
    for (const hash of ['a', 'b', 'c', 'd', 'e']) lookups.start(hash);
    expect(lookups.runningNow()).toBe(5);
  });

  it('wait for each other after too many failures, and all but the last are made', async () => {
    const { throttle, exhaust } = setUp();
    exhaust();
    const lookups = openLookups(throttle);
    for (const hash of ['a', 'b', 'c', 'd', 'e', 'f']) lookups.start(hash);
    lookups.start('from elsewhere', '192.0.2.2');
    await lookups.settled();
    expect(lookups.outcomes).toEqual(['too_many_auth_failures']);
    expect(lookups.runningNow()).toBe(LOOKUPS_MAX + 1);
    await lookups.finishAll();
    expect(lookups.outcomes.slice(1)).toEqual(['a', 'b', 'from elsewhere', 'c', 'd', 'e']);
    lookups.start('g');
    await lookups.finishAll();
    expect(lookups.outcomes.at(-1)).toBe('g');
  });

  it('of credentials that were accepted before never wait', async () => {
    const { throttle, exhaust } = setUp(2);
    for (const hash of ['a', 'b', 'a', 'c']) throttle.accepted(hash);
    exhaust();
    const lookups = openLookups(throttle);
    for (const hash of ['1', '2', 'b', '3', '4']) lookups.start(hash);
    expect(lookups.runningNow()).toBe(LOOKUPS_MAX);
    for (const hash of ['a', 'c']) lookups.start(hash);
    expect(lookups.runningNow()).toBe(LOOKUPS_MAX + 2);
    await lookups.finishAll();
    expect(lookups.outcomes).toContain('a');
  });

  it('give their place back when they fail', async () => {
    const { throttle, exhaust } = setUp();
    exhaust();
    for (let time = 0; time < 3 * LOOKUPS_MAX; time++) {
      const failing = throttle.lookUp(ADDRESS, 'a', () => Promise.reject(new Error('down')));
      await expect(failing).rejects.toThrow('down');
    }
    await expect(throttle.lookUp(ADDRESS, 'a', async () => 'found')).resolves.toBe('found');
  });

  it('from one address never run more than a few at a time, and none is lost', async () => {
    const hashes = fc.array(fc.string(), { maxLength: LOOKUPS_MAX + QUEUED_MAX });
    await checkProperty(
      fc.asyncProperty(hashes, hashes, async (first, second) => {
        const { throttle, exhaust } = setUp();
        exhaust();
        const lookups = openLookups(throttle);
        for (const hash of first) lookups.start(hash);
        await lookups.finishAll();
        for (const hash of second) lookups.start(hash);
        await lookups.finishAll();
        expect(lookups.outcomes).toEqual([...first, ...second]);
        expect(lookups.runningMax()).toBeLessThanOrEqual(LOOKUPS_MAX);
      }),
    );
  });
});
