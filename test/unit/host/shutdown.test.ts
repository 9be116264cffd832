import { describe, expect, it } from 'vitest';
import { shutDown, type ShutdownOptions } from '../../../services/host/shutdown.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const limits = { drainMs: 30_000, shutdownMs: 10_000, lostBusMs: 1_000, heartbeatMs: 200 };

/** Work that ends only when its signal aborts. */
function untilAborted() {
  return (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
}

/** A shutdown in progress, and the events it has caused so far. */
function startShutdown(options: Partial<ShutdownOptions>) {
  const clock = createFakeClock();
  const events: string[] = [];
  const ended = shutDown({
    clock,
    limits,
    lameDuckMs: 0,
    forceSignal: undefined,
    disconnectedMs: () => 0,
    drains: [],
    close: async () => void events.push('closed'),
    onError: (error) => void events.push(String(error)),
    stopTimedOut: ({ waitedFor }) => void events.push(`waited for ${waitedFor}`),
    ...options,
  }).then(
    () => events.push('ended'),
    () => events.push('failed'),
  );
  const advance = async (durationMs: number) => {
    clock.advance(durationMs);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, events, ended, advance };
}

describe('a shutdown', () => {
  it('ends at once when nothing is running', async () => {
    const { clock, events, ended } = startShutdown({ drains: [['requests', async () => {}]] });
    await ended;
    expect(events).toEqual(['closed', 'ended']);
    expect(clock.pending).toBe(0);
  });

  it('gives running work the drain time, which starts after the lame duck time', async () => {
    const drains = [['requests', untilAborted()]] as const;
    const { events, ended, advance } = startShutdown({ drains, lameDuckMs: 5_000 });
    await advance(5_000);
    await advance(29_999);
    expect(events).toEqual([]);
    await advance(1);
    await ended;
    expect(events).toEqual(['closed', 'ended']);
  });

  it('stops waiting when the bus has been disconnected for a while', async () => {
    let disconnectedMs = 900;
    const drains = [['workers', untilAborted()]] as const;
    const options = { drains, disconnectedMs: () => disconnectedMs, lameDuckMs: 5_000 };
    const { events, ended, advance } = startShutdown(options);
    await advance(200);
    expect(events).toEqual([]);
    disconnectedMs = 1_000;
    await advance(200);
    await ended;
    expect(events).toEqual(['closed', 'ended']);
  });

  it('does not wait when it is forced', async () => {
    const drains = [['workers', untilAborted()]] as const;
    const options = { drains, forceSignal: AbortSignal.abort(), lameDuckMs: 5_000 };
    const { events, ended } = startShutdown(options);
    await ended;
    expect(events).toEqual(['closed', 'ended']);
  });

  it('names the step that does not end, and fails', async () => {
    const drains = [
      ['requests', untilAborted()],
      ['workers', () => new Promise<void>(() => {})],
    ] as const;
    const { clock, events, ended, advance } = startShutdown({ drains });
    await advance(30_000);
    await advance(9_999);
    expect(events).toEqual([]);
    await advance(1);
    await ended;
    expect(events).toEqual(['waited for workers', 'failed']);
    expect(clock.pending).toBe(0);
  });

  it('stops waiting for connections that do not close', async () => {
    const { events, ended, advance } = startShutdown({ close: () => new Promise(() => {}) });
    await advance(0);
    await advance(limits.shutdownMs);
    await ended;
    expect(events).toEqual(['waited for connections', 'failed']);
  });

  it('runs the other steps when one fails, and fails at the end', async () => {
    const broken = async () => {
      throw new RangeError('broken');
    };
    const { events, ended } = startShutdown({ drains: [['requests', broken]] });
    await ended;
    expect(events).toEqual(['RangeError: broken', 'closed', 'failed']);
  });
});
