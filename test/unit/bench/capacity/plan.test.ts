import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PARTS as COMMANDS } from '../../../bench/capacity/parts.ts';
import {
  DEMANDS,
  needOf,
  planTables,
  redisNeed,
  type Demand,
} from '../../../bench/capacity/plan.ts';
import { textOf } from '../../../kit/readme-tables.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DEMAND: Demand = {
  name: 'some',
  requestsPerSecond: 100,
  openStreams: 0,
  newKb: 0,
  knownKb: 0,
  eventsPerRequest: 0,
};

describe('a plan', () => {
  it('has CPU time in proportion to requests', () => {
    const one = needOf('policy', DEMAND);
    const ten = needOf('policy', { ...DEMAND, requestsPerSecond: 1_000 });
    expect(ten.cores).toBeCloseTo(10 * one.cores);
    expect(redisNeed({ ...DEMAND, requestsPerSecond: 1_000 }).cores).toBeCloseTo(
      10 * redisNeed(DEMAND).cores,
    );
  });

  it('takes new text for dearer than known text', () => {
    const known = needOf('scrubber', { ...DEMAND, knownKb: 100 });
    const fresh = needOf('scrubber', { ...DEMAND, newKb: 100 });
    expect(fresh.cores).toBeGreaterThan(1.5 * known.cores);
  });

  it('has places for open streams, however little they cost', () => {
    expect(
      needOf('upstream', { ...DEMAND, requestsPerSecond: 1, openStreams: 8_000 }),
    ).toMatchObject({ workers: 10, by: 'open streams' });
    expect(
      needOf('scrubber', { ...DEMAND, requestsPerSecond: 1, openStreams: 8_000 }).workers,
    ).toBe(1);
  });

  it('leaves a part of each core free', () => {
    const { cores, workers } = needOf('policy', { ...DEMAND, requestsPerSecond: 10_000 });
    expect(workers * 0.6).toBeGreaterThanOrEqual(cores);
    expect((workers - 1) * 0.6).toBeLessThan(cores);
  });
});

describe('docs/scaling.md', () => {
  const page = textOf('docs/scaling.md');
  const commands = Array.from(
    page.matchAll(/^npm run bench -- capacity (\w+)$/gm),
    ([, part]) => part,
  );

  it('has the table of the plan, for the loads that it names', () => {
    expect(page).toContain(planTables());
    expect(DEMANDS.map(({ name }) => name).filter((name) => !page.includes(name))).toEqual([]);
  });

  it('shows the commands that there are', () => {
    expect(new Set(commands)).toEqual(new Set(COMMANDS));
  });

  it('shows a command that prints this table', () => {
    const printed = execFileSync(process.execPath, ['test/bench/gateway.ts', 'capacity', 'plan'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(printed).toContain(planTables());
  });
});
