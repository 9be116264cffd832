import { describe, expect, it } from 'vitest';
import { BARS, PEAK_MB_MAX } from '../../bench/bars.ts';
import { SETTINGS, type Candidate } from '../../bench/candidates.ts';
import { LOADS, type LoadName } from '../../bench/loads.ts';
import { barTable, costTable, loadNotes, processTable, streamTable } from '../../bench/report.ts';
import { add, emptyTally, type Results } from '../../bench/rounds.ts';

interface Sent {
  readonly requests?: number;
  readonly events?: number;
  readonly cpu: Readonly<Record<string, number>>;
  readonly firstByteMs?: readonly number[];
  readonly gapsMs?: readonly number[];
}

function tallyOf({ requests = 10, events = 0, cpu, firstByteMs = [], gapsMs = [] }: Sent) {
  const tally = emptyTally();
  const ms = Array.from({ length: requests }, () => 1);
  const alone = { lastByteMs: [], firstByteMs: [...firstByteMs], gapsMs: [], events: 0 };
  const busy = { lastByteMs: ms, firstByteMs: [], gapsMs: [...gapsMs], events };
  add(tally, { busy, alone, cpu: new Map(Object.entries(cpu)) });
  return tally;
}

function resultsOf(
  sent: Readonly<Record<string, Readonly<Partial<Record<LoadName, Sent>>>>>,
): Results {
  return new Map(
    Object.entries(sent).map(([name, loads]) => [
      name as Candidate['name'],
      new Map(Object.entries(loads).map(([load, one]) => [load as LoadName, tallyOf(one)])),
    ]),
  );
}

const memoryOf = (name: string, peakMb: number) => {
  const memory = { residentMb: 100, peakMb };
  return { name, idle: memory, after: memory };
};

const RESULTS = resultsOf({
  direct: { streams: { cpu: {}, firstByteMs: [1, 2, 3], gapsMs: [20] } },
  'node-parse': {
    '1kb': { requests: 100, cpu: { floor: 40 } },
    streams: { events: 1_000, cpu: { floor: 100 }, firstByteMs: [2, 3, 4], gapsMs: [21] },
  },
  llmp: {
    '1kb': { requests: 10, cpu: { llmp: 8 } },
    streams: { events: 1_000, cpu: { llmp: 150 }, firstByteMs: [3, 4, 5], gapsMs: [19] },
  },
  'llmp-nats-full': {
    '1kb': { requests: 10, cpu: { ingress: 20, scrubber: 30 } },
    streams: { events: 1_000, cpu: { ingress: 150 }, firstByteMs: [3, 4, 5], gapsMs: [20] },
  },
});
const SHOWN = ['1kb', 'streams'] as const;

const rowsOf = (text: string) =>
  new Map(
    text.split('\n').map((line) => {
      const [name = '', ...cells] = line.split('|').slice(1, -1);
      return [name.trim(), cells.map((cell) => cell.trim())];
    }),
  );

describe('what a gateway costs', () => {
  const rows = rowsOf(costTable(RESULTS, SHOWN));

  it('is CPU for each request or event, and its multiple of the floor', () => {
    expect(rows.get('CPU')).toEqual(['1kb ms', 'streams µs/event', 'first byte ms']);
    expect(rows.get('node-parse')).toEqual(['0.400', '100', '+1.00']);
    expect(rows.get('llmp')).toEqual(['0.800 ×2.00', '150 ×1.50', '+2.00']);
  });

  it('is the sum over its processes', () => {
    expect(rows.get('llmp-nats-full')?.[0]).toBe('5.00 ×13');
    const byProcess = rowsOf(processTable(RESULTS, SHOWN));
    expect(byProcess.get('llmp-nats-full: ingress')).toEqual(['2.00', '150']);
    expect(byProcess.get('llmp-nats-full: scrubber')?.[0]).toBe('3.00');
    expect([...byProcess.keys()]).not.toContain('llmp: llmp');
  });

  it('adds up over rounds', () => {
    const tally = tallyOf({ requests: 1, cpu: { a: 1 } });
    const once = { lastByteMs: [1], firstByteMs: [], gapsMs: [], events: 0 };
    add(tally, { busy: once, alone: once, cpu: new Map([['a', 3]]) });
    const costs = rowsOf(costTable(new Map([['llmp', new Map([['1kb', tally]])]]), ['1kb']));
    expect(costs.get('llmp')).toEqual(['2.00']);
  });
});

describe('the bars', () => {
  it('are there for every setting and every load', () => {
    for (const name of SETTINGS) {
      expect(Object.keys(BARS[name]).toSorted()).toEqual([...LOADS, 'first-byte'].toSorted());
    }
  });

  it('are compared with multiples of the floor, first bytes and peaks with what was measured', () => {
    const text = barTable(RESULTS, SHOWN, [memoryOf('llmp', PEAK_MB_MAX + 1)]);
    const rows = rowsOf(text);
    expect(rows.get('llmp')).toEqual([
      '×2.00 ≤ 2.5',
      '**×1.50 > 1.4**',
      '**+2.00 > 1.5**',
      '**351 > 350**',
    ]);
    expect(rows.get('llmp-nats-full')).toEqual(['**×13 > 8**', '×1.50 ≤ 2.5', '+2.00 ≤ 4', '']);
    expect(text).toContain('3 of 7 bars are met');
  });

  it('say where llmp is dearer than a peer with a guard, from 20 KB', () => {
    const results = resultsOf({
      'node-parse': { '1kb': { cpu: { floor: 4 } }, '20kb': { cpu: { floor: 8 } } },
      'portkey-guarded': { '1kb': { cpu: { portkey: 1 } }, '20kb': { cpu: { portkey: 10 } } },
      llmp: { '1kb': { cpu: { llmp: 8 } }, '20kb': { cpu: { llmp: 12 } } },
    });
    const rows = rowsOf(barTable(results, ['1kb', '20kb'], []));
    expect(rows.get('llmp, of portkey-guarded')).toEqual(['', '**×1.20 > 1**', '']);
  });

  it('need the floor', () => {
    const withoutFloor = new Map([...RESULTS].filter(([name]) => name !== 'node-parse'));
    expect(barTable(withoutFloor, SHOWN, [])).toBe('');
  });

  it('count what was not measured as not met', () => {
    const results = new Map([...RESULTS].filter(([name]) => name !== 'direct'));
    expect(rowsOf(barTable(results, SHOWN, [])).get('llmp')?.[2]).toBe('**NaN > 1.5**');
  });
});

it('latency of streams stands beside direct ones', () => {
  const rows = rowsOf(streamTable(RESULTS, SHOWN));
  expect(rows.get('direct, as it is')).toEqual(['2.00 / 3.00', '20.00 / 20.00']);
  expect(rows.get('llmp')).toEqual(['+2.00 / +2.00', '-1.00 / -1.00']);
});

it('loads that say the same have one note', () => {
  const notes = loadNotes(LOADS).split('\n');
  expect(notes).toHaveLength(3);
  expect(notes[0]).toBe('- `1kb`, `20kb`, `200kb`, `1mb`: every text is new');
});
