// What the levels of names, addresses, dates of birth and users find in prose, traffic and code, and what they
// cost. Only their own detectors run, so the time is that of the level.

import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { createScanner, type Scanner } from '../../../shared/privacy/detect/scan.ts';
import { dependencySources } from '../../kit/source-text.ts';
import { table } from '../markdown.ts';
import { cpuMs } from '../texts.ts';
import { LEVEL_TEXTS, type LevelText } from './level-texts.ts';

const SOURCE_LENGTH_EACH = 150_000;
const ROUNDS = 4;

const LEVELS: Readonly<Record<string, Scanner>> = {
  labelled: createScanner(DETECTORS.filter(({ topic, tier }) => topic && tier !== 'C')),
  likely: createScanner(DETECTORS.filter(({ topic }) => topic)),
};

/** One row for each level and kind of text. */
export async function levelTable(): Promise<string> {
  const code = dependencySources(SOURCE_LENGTH_EACH).map(({ text }) => ({ text, gold: [] }));
  const kinds = { ...LEVEL_TEXTS, code };
  const rows: string[][] = [];
  for (const [level, scanner] of Object.entries(LEVELS)) {
    for (const [kind, texts] of Object.entries(kinds)) {
      rows.push([level, kind, ...foundIn(scanner, texts), await costOf(scanner, texts)]);
    }
  }
  return table(
    [
      'names, addresses, births, users',
      'text',
      'values',
      'recall %',
      'precision %',
      'hits per MB',
      'ms per MB',
    ],
    rows,
  );
}

function foundIn(scanner: Scanner, texts: readonly LevelText[]): string[] {
  let [values, complete, hits, right] = [0, 0, 0, 0];
  for (const { text, gold } of texts) {
    const found = scanner.scan(text);
    values += gold.length;
    complete += gold.filter(({ start, end }) =>
      found.some((finding) => finding.start <= start && end <= finding.end),
    ).length;
    hits += found.length;
    right += found.filter(({ start, end }) =>
      gold.some((value) => value.start < end && start < value.end),
    ).length;
  }
  const percent = (part: number, all: number) => (all === 0 ? '' : ((100 * part) / all).toFixed(1));
  const density = (hits / megabytes(texts)).toFixed(2);
  return [
    String(values),
    percent(complete, values),
    percent(right, values === 0 ? 0 : hits),
    density,
  ];
}

async function costOf(scanner: Scanner, texts: readonly LevelText[]): Promise<string> {
  const scanAll = () => {
    for (const { text } of texts) scanner.scan(text);
    return Promise.resolve();
  };
  await scanAll();
  return ((await cpuMs(ROUNDS, scanAll)) / megabytes(texts)).toFixed(1);
}

function megabytes(texts: readonly LevelText[]): number {
  return texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) / 1e6;
}
