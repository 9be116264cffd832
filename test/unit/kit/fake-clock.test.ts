import { describe, expect, it } from 'vitest';
import { pause } from '../../../shared/runtime/clock.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

describe('the fake clock', () => {
  it('runs due timers in order, each at its due time', () => {
    const clock = createFakeClock(1_000);
    const seen: string[] = [];
    const note = (name: string) => () => seen.push(`${name}@${clock.monotonic()}`);
    clock.after(30, note('late'));
    clock.after(10, note('early'));
    const stop = clock.every(20, note('tick'));
    clock.after(15, () => clock.after(5, note('nested')));
    clock.advance(45);
    expect(seen).toEqual(['early@10', 'tick@20', 'nested@20', 'late@30', 'tick@40']);
    expect(clock.now()).toBe(1_045);
    expect(clock.pending).toBe(1);
    stop();
    clock.advance(100);
    expect(seen).toHaveLength(5);
    expect(clock.pending).toBe(0);
  });

  it('does not advance while a pause waits', async () => {
    const clock = createFakeClock();
    const waited = pause(clock, 1_000);
    clock.advance(999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await waited;
    expect(clock.pending).toBe(0);
  });
});
