// Detection quality and speed of the scrubber: `npm run bench -- privacy`. All numbers except speed are
// reproducible from fixed seeds and dependency files.

import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { createScanner, type Scanner } from '../../../shared/privacy/detect/scan.ts';
import { dependencySources } from '../../kit/source-text.ts';
import { machineFacts, table } from '../markdown.ts';
import { corpus, KINDS, type Sample } from './corpus.ts';
import { confused } from './confusables.ts';
import { levelTable } from './levels.ts';
import { leakRate, measureLeaks, precision, sumOf, type Leaks, type LeakTable } from './leaks.ts';
import { measureSpeed } from './speed.ts';

const SOURCE_LENGTH_EACH = 450_000;

/** Runs everything in about half a minute and prints Markdown tables. */
export async function runPrivacy(): Promise<void> {
  const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
  const known = corpus();
  console.log(`${machineFacts()}\n`);
  console.log(`${await speedTable(scanner)}\n`);
  console.log(`${falseHitTable(scanner)}\n`);
  console.log(`${await levelTable()}\n`);
  const leaks = measureLeaks(scanner, known);
  console.log(`${kindTable(scanner, known)}\n`);
  console.log(`${entityTable('leak %, by entity', leaks)}\n`);
  console.log(`${confusablesTable(measureLeaks(scanner, confused()))}\n`);
  console.log(
    `${entityTable('leak %, opt-in or by a recognizer', measureLeaks(scanner, corpus('unruly')))}\n`,
  );
}

async function speedTable(scanner: Scanner): Promise<string> {
  const speeds = await measureSpeed(scanner);
  return table(
    ['MB per second of CPU', 'MB', 'cold', 'cached'],
    speeds.map(({ kind, megabytes, coldPerSecond, cachedPerSecond }) => [
      kind,
      megabytes.toFixed(2),
      coldPerSecond.toFixed(0),
      cachedPerSecond.toFixed(0),
    ]),
  );
}

/** Author addresses are personal data and not false hits. */
function falseHitTable(scanner: Scanner): string {
  let megabytes = 0;
  const places = new Map<string, string[]>();
  for (const { name, text } of dependencySources(SOURCE_LENGTH_EACH)) {
    megabytes += Buffer.byteLength(text) / 1e6;
    for (const { start, end, detector } of scanner.scan(text)) {
      const found = places.get(detector.entity) ?? [];
      found.push(`${name}: ${text.slice(start, end).replaceAll(/\s+/g, ' ').slice(0, 40)}`);
      places.set(detector.entity, found);
    }
  }
  const rows = [...places].map(([entity, found]) => [
    entity,
    String(found.length),
    (found.length / megabytes).toFixed(2),
    found.slice(0, 3).join('; '),
  ]);
  return table([`hits in ${megabytes.toFixed(1)} MB of source`, 'hits', 'per MB', 'such as'], rows);
}

function kindTable(scanner: Scanner, samples: readonly Sample[]): string {
  const byKind = measureLeaks(
    scanner,
    samples.map((sample) => ({ ...sample, label: sample.kind })),
  );
  const rows = [...byKind].map(([kind, row]) => [kind, ...cells(sumOf(row.values()))]);
  const all = sumOf([...byKind.values()].flatMap((row) => [...row.values()]));
  return table(
    ['leak %, by kind of text', 'values', 'found completely', 'leak %', 'precision %'],
    [...rows, ['all', ...cells(all)]],
  );
}

/** Worst rows first; entities without leaks share one row. */
function entityTable(title: string, leaks: LeakTable): string {
  const rows = [...leaks].map(([label, row]) => ({ label, row, sum: sumOf(row.values()) }));
  const isClean = ({ sum }: { sum: Leaks }) => sum.leakedChars === 0 && precision(sum) === 100;
  const clean = rows.filter(isClean);
  const shown = rows
    .filter((row) => !isClean(row))
    .toSorted((one, other) => leakRate(other.sum) - leakRate(one.sum))
    .map(({ label, row, sum }) => [
      label,
      ...cells(sum),
      ...KINDS.map((kind) => leakRate(row.get(kind) ?? sum).toFixed(0)),
    ]);
  const names = clean.map(({ label }) => label).join(', ');
  const heads = [title, 'values', 'found completely', 'leak %', 'precision %', ...KINDS];
  const footer =
    clean.length > 0 ? `\n\nFound completely and precisely in every kind: ${names}.` : '';
  return table(heads, shown) + footer;
}

function confusablesTable(leaks: LeakTable): string {
  const rows = [...leaks].map(([label, row]) => [label, ...cells(sumOf(row.values())).slice(0, 3)]);
  return table(['leak %, confusable', 'values', 'found completely', 'leak %'], rows);
}

function cells(leaks: Leaks): string[] {
  const taken = precision(leaks);
  return [
    String(leaks.values),
    String(leaks.complete),
    leakRate(leaks).toFixed(1),
    Number.isNaN(taken) ? '' : taken.toFixed(1),
  ];
}
