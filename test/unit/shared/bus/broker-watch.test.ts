import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerWatch } from '../../../../shared/bus/broker-watch.ts';
import { limits } from '../../../../shared/limits.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';

const { probeMs, silenceMs } = limits.bus;
/** When a broker that fell silent right after a probe is known to be down. */
const KNOWN_MS = silenceMs + 2 * probeMs;

let clock: FakeClock;
/** Time that has passed without a tick. */
let standstillMs: number;
let probes: PromiseWithResolvers<void>[];
let changes: boolean[];
let downs: number;
let watch: BrokerWatch;
beforeEach(() => {
  clock = createFakeClock();
  standstillMs = 0;
  probes = [];
  changes = [];
  downs = 0;
  watch = new BrokerWatch({
    clock: {
      monotonic: () => clock.monotonic() + standstillMs,
      every: (periodMs, run) => clock.every(periodMs, run),
    },
    limits: limits.bus,
    probe: () => {
      const probe = Promise.withResolvers<void>();
      probes.push(probe);
      return probe.promise;
    },
    onChange: (responds) => void changes.push(responds),
    onDown: () => (downs += 1),
  });
});

/** Lets time pass in the steps of a running event loop. */
async function pass(ms: number, each = () => {}): Promise<void> {
  for (let passed = 0; passed < ms; passed += probeMs) {
    clock.advance(probeMs);
    each();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

const replyToAll = () => {
  for (const probe of probes.splice(0)) probe.resolve();
};

describe('a watched broker', () => {
  it('responds as long as it answers probes', async () => {
    await pass(5_000, replyToAll);
    expect(watch.responds).toBe(true);
    expect(await watch.whenUp(0)).toBe(true);
    expect([changes, downs]).toEqual([[], 0]);
  });

  it('is down when it has answered none for a while, although it is connected', async () => {
    await pass(KNOWN_MS);
    expect(KNOWN_MS).toBeLessThan(1_200);
    expect(watch.responds).toBe(false);
    expect(await watch.whenUp(0)).toBe(false);
    expect(downs).toBeGreaterThan(0);
    replyToAll();
    await pass(probeMs);
    expect(watch.responds).toBe(true);
    expect(changes).toEqual([false, true]);
  });

  it('responds while it sends anything else', async () => {
    await pass(5_000, () => watch.heard());
    expect(watch.responds).toBe(true);
  });

  it('is not blamed for a standstill of this process', async () => {
    clock.advance(probeMs);
    expect(probes).toHaveLength(1);
    standstillMs = 20_000;
    clock.advance(probeMs);
    expect(watch.responds).toBe(true);
  });

  it('that is lost is waited for, and down after a while', async () => {
    watch.connected(false);
    expect([watch.responds, changes]).toEqual([false, [false]]);
    const up = watch.whenUp(0);
    watch.connected(true);
    expect(await up).toBe(true);
    watch.connected(false);
    const down = watch.whenUp(0);
    await pass(silenceMs + probeMs);
    expect(await down).toBe(false);
    expect(await watch.whenUp(0)).toBe(false);
    expect(downs).toBeGreaterThan(0);
    expect(probes).toEqual([]);
  });

  it('that is down is waited for by those who have time', async () => {
    await pass(KNOWN_MS);
    const [patient, impatient] = [watch.whenUp(1_000), watch.whenUp(400)];
    await pass(600);
    replyToAll();
    expect(await Promise.all([patient, impatient])).toEqual([true, false]);
  });

  it('is watched no longer than its connection', async () => {
    watch.connected(false);
    const up = watch.whenUp(0);
    watch[Symbol.dispose]();
    expect(await up).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
