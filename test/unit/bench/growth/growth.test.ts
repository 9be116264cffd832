import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { growthTable, measureGrowth, SERIES_NAMES, slopeOf } from '../../../bench/growth/growth.ts';
import { PERFORMANCE, sectionOf } from '../../../bench/results.ts';
import { SECTION_NAMES } from '../../../bench/section-names.ts';

const page = readFileSync(PERFORMANCE, 'utf8');
const results = readFileSync(new URL('../../../bench/RESULTS.md', import.meta.url), 'utf8');

describe('docs/performance.md', () => {
  it('has the table of growth that RESULTS.md has', () => {
    expect(sectionOf(page, 'growth')).toBe(sectionOf(results, 'growth'));
  });

  it('shows the sections of the bench that there are', () => {
    const shown = Array.from(page.matchAll(/^npm run bench -- (\S+)$/gm), ([, word]) => word ?? '');
    expect(shown.length).toBeGreaterThan(2);
    for (const word of shown) expect(['--quick', ...SECTION_NAMES]).toContain(word);
  });

  it('has a row for each series', () => {
    const names = Array.from(
      sectionOf(page, 'growth').matchAll(/^\| (\w.*?) \(\w+\) +\|/gm),
      ([, name]) => name,
    );
    expect(names).toEqual(SERIES_NAMES);
  });

  it('shows a command that measures such a series', async () => {
    const [growth] = await measureGrowth({ ms: 1, deltas: 1 }, ['open streams, for each event']);
    expect(growth).toMatchObject({ counts: [5, 15, 50], costUnit: 'µs/event' });
    for (const cost of growth?.costs ?? [0]) expect(cost).toBeGreaterThan(0);
  });
});

it('one more costs what the most costs more than the least, for each', () => {
  expect(slopeOf([0, 10, 50], [2, 3, 7])).toBeCloseTo(0.1);
  const text = growthTable([
    { name: 'rules', unit: 'rule', counts: [0, 10, 50], costs: [2, 3, 7], costUnit: 'ms' },
    { name: 'streams', unit: 'stream', counts: [5, 15], costs: [50, 40], costUnit: 'µs/event' },
  ]);
  expect(text).toContain('| rules (rule) | 0 / 10 / 50 | 2.00 / 3.00 / 7.00 ms | 100 µs |');
  expect(text).toContain('| streams (stream) | 5 / 15 | 50.0 / 40.0 µs/event | – |');
});
