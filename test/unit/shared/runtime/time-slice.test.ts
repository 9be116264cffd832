import { describe, expect, it } from 'vitest';
import { hasWaitingWork, TimeSlice } from '../../../../shared/runtime/time-slice.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';

/** Work of some steps, each of which takes as long as given; records in which turn each runs. */
function working(stepsMs: readonly number[]) {
  const clock = createFakeClock();
  const abort = new AbortController();
  let turn = 0;
  const turns: number[] = [];
  const countTurns = () => {
    turn += 1;
    if (turn < 99) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  function* work(): Generator<void, string> {
    for (const ms of stepsMs) {
      turns.push(turn);
      clock.advance(ms);
      yield;
    }
    return 'done';
  }
  return { timeSlice: new TimeSlice(clock, 8, abort.signal), work, turns, abort };
}

describe('a time slice', () => {
  it('runs short steps in one turn of the event loop', async () => {
    const { timeSlice, work, turns } = working([1, 1, 1, 1]);
    expect(await timeSlice.run(work())).toBe('done');
    expect(new Set(turns).size).toBe(1);
  });

  it('lets the event loop turn whenever the period has passed', async () => {
    const { timeSlice, work, turns } = working([8, 8, 4, 4, 1]);
    await timeSlice.run(work());
    expect(new Set(turns).size).toBe(4);
  });

  it('counts works in a row together, however short each is', async () => {
    const { timeSlice, work, turns } = working([4]);
    for (let count = 0; count < 8; count += 1) await timeSlice.run(work());
    expect(new Set(turns).size).toBe(4);
  });

  it('runs one work in each turn, in the order in which they wait', async () => {
    const works = Array.from({ length: 3 }, () => working([8, 8, 1]));
    await Promise.all(works.map(({ timeSlice, work }) => timeSlice.run(work())));
    const later = works.map(({ turns }) => turns.slice(1));
    expect(new Set(later.flat()).size).toBe(6);
    expect(later.map(([first = 0]) => first)).toEqual(
      later.map(([first = 0]) => first).toSorted((one, other) => one - other),
    );
  });

  it('stops the work of an aborted request', async () => {
    const { timeSlice, work, turns, abort } = working([8, 8]);
    abort.abort(new Error('gone'));
    await expect(timeSlice.run(work())).rejects.toThrow('gone');
    expect(turns).toHaveLength(1);
  });
});

describe('a turn of the event loop', () => {
  /** Works that arrive in one turn; each takes `ms`, and records in which turn it ran. */
  async function turnsOf(count: number, ms: number): Promise<number[]> {
    const clock = createFakeClock();
    let turn = 0;
    const turns: number[] = [];
    const work = () => {
      const timeSlice = new TimeSlice(clock, 8, new AbortController().signal);
      return new Promise<void>((resolve) => {
        const attempt = () => {
          if (timeSlice.isTurnOver()) return timeSlice.nextTurn(attempt);
          turns.push(turn);
          clock.advance(ms);
          resolve();
        };
        attempt();
      });
    };
    const countTurns = () => {
      turn += 1;
      if (turns.length < count) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    await Promise.all(Array.from({ length: count }, work));
    return turns;
  }

  it('is shared by works that are short together', async () => {
    expect(new Set(await turnsOf(8, 1)).size).toBe(1);
  });

  it('is left by works that would make it long, which run in the next ones in their order', async () => {
    const running = turnsOf(9, 4);
    expect(hasWaitingWork()).toBe(true);
    const turns = await running;
    expect(hasWaitingWork()).toBe(false);
    expect(turns).toEqual(turns.toSorted((one, other) => one - other));
    expect(new Set(turns).size).toBe(5);
  });
});
