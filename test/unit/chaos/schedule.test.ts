import { describe, expect, it } from 'vitest';
import { describeStep, drawSchedule } from '../../chaos/kit/schedule.ts';

describe('a random schedule', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawSchedule(7, 60_000)).toEqual(drawSchedule(7, 60_000));
    expect(drawSchedule(7, 60_000)).not.toEqual(drawSchedule(8, 60_000));
  });

  it('goes on as before when it is longer', () => {
    const short = drawSchedule(7, 60_000);
    expect(drawSchedule(7, 120_000).slice(0, short.length)).toEqual(short);
  });

  it('draws every kind of action, in order of time', () => {
    const steps = drawSchedule(1, 600_000);
    const times = steps.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(steps.map(({ action }) => action.kind)).size).toBe(11);
    expect(steps.map(describeStep).join('\n')).toMatch(/s pause rag-[12] \d+ ms/);
  });
});
