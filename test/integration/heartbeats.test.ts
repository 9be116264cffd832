// A worker whose event loop is blocked is slow, and not lost. test/chaos/heartbeats.test.ts restarts its
// broker meanwhile.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { BLOCK_MS, CommandedScrubbers } from '../kit/commanded-scrubbers.ts';
import { describeWith } from '../kit/describe-with.ts';

/** When it hangs: sooner than it could count as lost. */
const HANGING_MS = 2_000;

describeWith('nats-server')('a scrubber on NATS', { timeout: 90_000 }, () => {
  let scrubbers: CommandedScrubbers;
  beforeEach(async () => {
    scrubbers = await CommandedScrubbers.start();
  });
  afterEach(() => scrubbers[Symbol.asyncDispose]());

  it('is waited for while its event loop is blocked, with its other requests', async () => {
    await scrubbers.run('one');
    const other = scrubbers.send('wait');
    await scrubbers.until('begun one wait');
    const blocking = scrubbers.send(`block ${BLOCK_MS}`);
    expect(await blocking).toEqual({ status: 200 });
    expect(await other).toEqual({ status: 200 });
    expect(scrubbers.redispatches()).toEqual([]);
    expect(scrubbers.begun()).toHaveLength(2);
  });

  it('is lost after a SIGKILL, whether its event loop is blocked or not', async () => {
    expect(await scrubbers.signalled('SIGKILL')).toEqual([{ status: 200 }, { status: 200 }]);
    expect(scrubbers.begun()).toEqual(
      expect.arrayContaining(['begun two wait at one', 'begun two block 60000 at one']),
    );
  });

  it('ends itself when it hangs; the request at fault gets no third one, the others do', async () => {
    const changed = { blockedMaxMs: HANGING_MS };
    const one = await scrubbers.run('one', changed);
    const innocent = scrubbers.send('wait at one');
    await scrubbers.until('begun one wait at one');
    const atFault = scrubbers.send('hang');
    await scrubbers.until('begun one hang');
    const two = await scrubbers.run('two', changed);
    expect(await atFault).toEqual({ status: 504, code: 'stage_timeout' });
    expect(await innocent).toEqual({ status: 200 });
    await one.exited;

    expect(await scrubbers.send('hang')).toEqual({ status: 500, code: 'request_quarantined' });
    await two.exited;
    await scrubbers.run('three', changed);
    expect(await scrubbers.send('hang')).toEqual({ status: 500, code: 'request_quarantined' });
    expect(await scrubbers.send('wait at one')).toEqual({ status: 200 });
    expect(scrubbers.begun().filter((line) => line.endsWith(' hang'))).toEqual([
      'begun one hang',
      'begun two hang',
    ]);
    expect(scrubbers.printed()).toMatch(
      /"requestId":"req_\w+","blockedMs":\d+,"stack":\["at keepBusy \(/,
    );
  });
});
