import { describe, expect, it } from 'vitest';
import { leave, type LeaveOptions } from '../../../services/host/shutdown.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const limits = { drainMs: 30_000, shutdownMs: 10_000, lostBusMs: 1_000, heartbeatMs: 200 };

/** Work that ends when it is told to. */
function untilEnded() {
  return (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
}

/** A process that leaves, and what has been said of it. */
function leaving(options: Partial<LeaveOptions>) {
  const clock = createFakeClock();
  const said: string[] = [];
  const ended = leave({
    clock,
    limits,
    lameDuckMs: 0,
    hurry: undefined,
    cutOffMs: () => 0,
    drains: [],
    close: async () => void said.push('closed'),
    onError: (error) => void said.push(String(error)),
    stopTimedOut: ({ waitedFor }) => void said.push(`waited for ${waitedFor}`),
    ...options,
  }).then(
    () => said.push('ended'),
    () => said.push('failed'),
  );
  const pass = async (durationMs: number) => {
    clock.advance(durationMs);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, said, ended, pass };
}

describe('a process that leaves', () => {
  it('is gone at once where nothing is open', async () => {
    const { clock, said, ended } = leaving({ drains: [['requests', async () => {}]] });
    await ended;
    expect(said).toEqual(['closed', 'ended']);
    expect(clock.pending).toBe(0);
  });

  it('gives what is open the drain time, which begins after that of the lame duck', async () => {
    const drains = [['requests', untilEnded()]] as const;
    const { said, ended, pass } = leaving({ drains, lameDuckMs: 5_000 });
    await pass(5_000);
    await pass(29_999);
    expect(said).toEqual([]);
    await pass(1);
    await ended;
    expect(said).toEqual(['closed', 'ended']);
  });

  it('does not wait where messages have not been able to pass for a while', async () => {
    let cutOffMs = 900;
    const drains = [['rooms', untilEnded()]] as const;
    const options = { drains, cutOffMs: () => cutOffMs, lameDuckMs: 5_000 };
    const { said, ended, pass } = leaving(options);
    await pass(200);
    expect(said).toEqual([]);
    cutOffMs = 1_000;
    await pass(200);
    await ended;
    expect(said).toEqual(['closed', 'ended']);
  });

  it('does not wait when it is to hurry', async () => {
    const drains = [['rooms', untilEnded()]] as const;
    const { said, ended } = leaving({ drains, hurry: AbortSignal.abort(), lameDuckMs: 5_000 });
    await ended;
    expect(said).toEqual(['closed', 'ended']);
  });

  it('says what it waited for when that does not end, and fails', async () => {
    const drains = [
      ['requests', untilEnded()],
      ['rooms', () => new Promise<void>(() => {})],
    ] as const;
    const { clock, said, ended, pass } = leaving({ drains });
    await pass(30_000);
    await pass(9_999);
    expect(said).toEqual([]);
    await pass(1);
    await ended;
    expect(said).toEqual(['waited for rooms', 'failed']);
    expect(clock.pending).toBe(0);
  });

  it('waits no longer for connections that do not close', async () => {
    const { said, ended, pass } = leaving({ close: () => new Promise(() => {}) });
    await pass(0);
    await pass(limits.shutdownMs);
    await ended;
    expect(said).toEqual(['waited for connections', 'failed']);
  });

  it('ends the rest of it when some of it fails, and fails then', async () => {
    const broken = async () => {
      throw new RangeError('broken');
    };
    const { said, ended } = leaving({ drains: [['requests', broken]] });
    await ended;
    expect(said).toEqual(['RangeError: broken', 'closed', 'failed']);
  });
});
