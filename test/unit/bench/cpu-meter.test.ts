import { describe, expect, it } from 'vitest';
import { spentMs, startCpuMeter } from '../../bench/cpu-meter.ts';

describe('the CPU time of a process', () => {
  it('is the growth of its threads, of which some begin and some end meanwhile', () => {
    const before = new Map([
      [1, 100],
      [2, 50],
      [3, 70],
    ]);
    const after = new Map([
      [1, 130],
      [2, 50],
      [4, 5],
    ]);
    expect(spentMs(before, after)).toBe(35);
  });

  it('grows with the work that it does, as the kernel counts it', () => {
    const since = startCpuMeter([{ name: 'this', pid: process.pid }]);
    const before = process.cpuUsage();
    let spentByKernelMs = 0;
    while (spentByKernelMs < 50) {
      const { user, system } = process.cpuUsage(before);
      spentByKernelMs = (user + system) / 1_000;
    }
    const measured = since().get('this') ?? 0;
    expect(measured).toBeGreaterThan(30);
  });
});
