// A worker whose event loop is blocked is waited for while its broker restarts, and given up when it is
// paused. test/integration/heartbeats.test.ts has the rest.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLOCK_MS, CommandedScrubbers } from '../kit/commanded-scrubbers.ts';

describe('a scrubber on NATS', { timeout: 90_000 }, () => {
  let scrubbers: CommandedScrubbers;
  beforeEach(async () => {
    scrubbers = await CommandedScrubbers.start();
  });
  afterEach(() => scrubbers[Symbol.asyncDispose]());

  it('is waited for when the broker restarts while its event loop is blocked', async () => {
    await scrubbers.run('one');
    const blocking = scrubbers.send(`block ${BLOCK_MS}`);
    await scrubbers.until(`begun one block ${BLOCK_MS}`);
    await scrubbers.restartBroker();
    await scrubbers.until('ended one');
    // Afterwards it may find itself disconnected, and have the request dispatched again.
    expect(scrubbers.redispatches()).toEqual([]);
    expect(await blocking).toEqual({ status: 200 });
  });

  it('is lost after a SIGSTOP, whether its event loop is blocked or not', async () => {
    expect(await scrubbers.signalled('SIGSTOP')).toEqual([{ status: 200 }, { status: 200 }]);
    expect(scrubbers.begun()).toEqual(
      expect.arrayContaining(['begun two wait at one', 'begun two block 60000 at one']),
    );
  });
});
