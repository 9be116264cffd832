// What the tables say: costs, multiples of the floor, and latency beside direct requests.

import type { Bar } from './bars.ts';
import { FLOOR, type Candidate } from './candidates.ts';
import { isStream, LOADS, type LoadName } from './loads.ts';
import type { Results, Tally } from './rounds.ts';

export const MEASURES: readonly Bar[] = [...LOADS, 'first-byte'];

/** First bytes are measured with the streams. */
export function loadOf(measure: Bar): LoadName {
  return measure === 'first-byte' ? 'streams' : measure;
}

/** CPU ms per request or µs per event over all processes; for first bytes the ms added at p50. */
export function valueOf(results: Results, name: Candidate['name'], measure: Bar): number {
  if (measure === 'first-byte') {
    return added(results, name, 'streams', ({ firstByteMs }) => firstByteMs, 0.5);
  }
  const tally = results.get(name)?.get(measure);
  return tally ? cost(tally) * (isStream(measure) ? 1_000 : 1) : Number.NaN;
}

/** As a multiple of the floor in the same run; first bytes as they are. */
export function comparedValue(results: Results, name: Candidate['name'], measure: Bar): number {
  const value = valueOf(results, name, measure);
  return measure === 'first-byte' ? value : value / valueOf(results, FLOOR, measure);
}

/** CPU ms per request or stream event, over all processes. */
export function cost(tally: Tally): number {
  return tally.cpuMsByProcess.values().reduce((sum, ms) => sum + ms, 0) / divisor(tally);
}

export function costOf(tally: Tally, process: string): number {
  return (tally.cpuMsByProcess.get(process) ?? 0) / divisor(tally);
}

function divisor({ events, requests }: Tally): number {
  return events > 0 ? events : requests;
}

/** Added latency at the same percentile of direct requests. */
export function added(
  results: Results,
  candidate: Candidate['name'],
  load: LoadName,
  samplesOf: (tally: Tally) => readonly number[],
  share: number,
): number {
  const at = (name: Candidate['name']) => {
    const tally = results.get(name)?.get(load);
    return tally ? percentile(samplesOf(tally), share) : Number.NaN;
  };
  return at(candidate) - at('direct');
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Milliseconds at p50 / p99. */
export function spread(samples: readonly number[]): string {
  return `${percentile(samples, 0.5).toFixed(2)} / ${percentile(samples, 0.99).toFixed(2)}`;
}
