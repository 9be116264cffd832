// The results of the gateways as Markdown: what llmp costs beside its peers, the bars, then details.

import { BARS, COMPARED_LOADS, NOT_DEARER_THAN, PEAK_MB_MAX, type Bar } from './bars.ts';
import { FLOOR, SETTINGS, type CandidateName } from './candidates.ts';
import { isStream, LOAD_NOTES, type LoadName } from './loads.ts';
import { table } from './markdown.ts';
import * as measures from './measures.ts';
import type { Memory } from './memory.ts';
import type { Results, Tally } from './rounds.ts';

/** CPU: ms per request, µs per event, and multiples of the floor; then the first byte. */
export function costTable(results: Results, loads: readonly LoadName[]): string {
  const shown = shownMeasures(loads);
  const rows = namesOf(results).map((name) => [
    name,
    ...shown.map((measure) => costCell(results, name, measure)),
  ]);
  return table(['CPU', ...shown.map(headOf)], rows);
}

function costCell(results: Results, name: CandidateName, measure: Bar): string {
  const value = measures.valueOf(results, name, measure);
  if (Number.isNaN(value)) return '';
  if (measure === 'first-byte') return signed(value);
  const text = costText(value, measures.loadOf(measure));
  if (name === FLOOR || !results.has(FLOOR)) return text;
  return `${text} ×${ratioText(measures.comparedValue(results, name, measure))}`;
}

/** What llmp may cost beside what it does cost. */
export function barTable(
  results: Results,
  loads: readonly LoadName[],
  memory: readonly MemoryRow[],
): string {
  if (!results.has(FLOOR)) return '';
  const shown = shownMeasures(loads);
  let met = 0;
  let count = 0;
  const cell = (value: number, bar: number, text: string) => {
    const isMet = value <= bar;
    count += 1;
    met += isMet ? 1 : 0;
    return isMet ? `${text} ≤ ${bar}` : `**${text} > ${bar}**`;
  };
  const rows = SETTINGS.filter((name) => results.has(name)).map((name) => {
    const cells = shown.map((measure) => {
      const value = measures.comparedValue(results, name, measure);
      const text = measure === 'first-byte' ? signed(value) : `×${ratioText(value)}`;
      return cell(value, BARS[name][measure], text);
    });
    const peakMb = memory.find((row) => row.name === name)?.after.peakMb;
    return [name, ...cells, peakMb ? cell(peakMb, PEAK_MB_MAX, peakMb.toFixed(0)) : ''];
  });
  for (const peer of NOT_DEARER_THAN.filter((name) => results.has(name) && results.has('llmp'))) {
    const cells = shown.map((measure) => {
      const value = measures.valueOf(results, peer, measure);
      if (!COMPARED_LOADS.some((load) => load === measure) || Number.isNaN(value)) return '';
      const ratio = measures.valueOf(results, 'llmp', measure) / value;
      return cell(ratio, 1, `×${ratioText(ratio)}`);
    });
    rows.push([`llmp, of ${peer}`, ...cells, '']);
  }
  if (rows.length === 0) return '';
  const heads = shown.map((measure) => (measure === 'first-byte' ? headOf(measure) : measure));
  return `${table(['multiples of the floor', ...heads, 'peak MB'], rows)}\n\n${met} of ${count} bars are met; those in bold are not.`;
}

/** CPU per process. */
export function processTable(results: Results, loads: readonly LoadName[]): string {
  const rows = [...results].flatMap(([candidate, tallies]) => {
    const names = [...(tallies.values().next().value?.cpuMsByProcess.keys() ?? [])];
    if (names.length < 2) return [];
    return names.map((process) => [
      `${candidate}: ${process}`,
      ...loads.map((load) => {
        const tally = tallies.get(load);
        if (!tally) return '';
        return costText(measures.costOf(tally, process) * (isStream(load) ? 1_000 : 1), load);
      }),
    ]);
  });
  return rows.length === 0 ? '' : table(['CPU by process', ...loads.map(headOf)], rows);
}

/** Milliseconds added to a direct request, p50 / p99. */
export function latencyTable(
  results: Results,
  loads: readonly LoadName[],
  which: 'aloneMs' | 'steadyMs',
  title: string,
): string {
  const shown = loads.filter(
    (name) => !isStream(name) && (results.get('direct')?.get(name)?.[which].length ?? 0) > 0,
  );
  if (shown.length === 0) return '';
  const rows = [...results]
    .filter(([, tallies]) => shown.some((name) => (tallies.get(name)?.[which].length ?? 0) > 0))
    .map(([candidate, tallies]) => [
      candidate === 'direct' ? 'direct, as it is' : candidate,
      ...shown.map((name) =>
        candidate === 'direct'
          ? measures.spread(tallies.get(name)?.[which] ?? [])
          : addedPair(results, candidate, name, (tally) => tally[which]),
      ),
    ]);
  return table([title, ...shown], rows);
}

/** Milliseconds added to the first byte and to the gaps between events, p50 / p99. */
export function streamTable(results: Results, loads: readonly LoadName[]): string {
  if (!loads.includes('streams')) return '';
  const samples = [({ firstByteMs }: Tally) => firstByteMs, ({ gapsMs }: Tally) => gapsMs] as const;
  const rows = [...results].map(([candidate, tallies]) => {
    const tally = tallies.get('streams');
    const cells = samples.map((samplesOf) => {
      if (!tally) return '';
      if (candidate === 'direct') return measures.spread(samplesOf(tally));
      return addedPair(results, candidate, 'streams', samplesOf);
    });
    return [candidate === 'direct' ? 'direct, as it is' : candidate, ...cells];
  });
  return table(['added ms p50 / p99', 'first byte', 'gaps between events'], rows);
}

/** Resident memory per process, at the start and at the end. */
export function memoryTable(rows: readonly MemoryRow[]): string {
  const cells = rows.map(({ name, idle, after }) => [
    name,
    ...[idle.residentMb, after.peakMb, after.residentMb].map((value) => value.toFixed(0)),
  ]);
  return table(['memory, MB', 'idle', 'peak', 'after'], cells);
}

export interface MemoryRow {
  readonly name: string;
  readonly idle: Memory;
  readonly after: Memory;
}

/** Which part of each request is new. */
export function loadNotes(loads: readonly LoadName[]): string {
  const byNote = Map.groupBy(loads, (name) => LOAD_NOTES[name]);
  return Array.from(
    byNote,
    ([note, names]) => `- ${names.map((name) => `\`${name}\``).join(', ')}: ${note}`,
  ).join('\n');
}

function addedPair(
  results: Results,
  candidate: CandidateName,
  load: LoadName,
  samplesOf: (tally: Tally) => readonly number[],
): string {
  const by = (share: number) => measures.added(results, candidate, load, samplesOf, share);
  return `${signed(by(0.5))} / ${signed(by(0.99))}`;
}

function shownMeasures(loads: readonly LoadName[]): Bar[] {
  return measures.MEASURES.filter((measure) => loads.includes(measures.loadOf(measure)));
}

function namesOf(results: Results): CandidateName[] {
  return [...results.keys()].filter((name) => name !== 'direct');
}

function headOf(measure: Bar): string {
  if (measure === 'first-byte') return 'first byte ms';
  return isStream(measure) ? `${measure} µs/event` : `${measure} ms`;
}

function costText(value: number, load: LoadName): string {
  if (isStream(load)) return value.toFixed(0);
  return value.toFixed(value < 1 ? 3 : value < 100 ? 2 : 0);
}

function ratioText(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
}
