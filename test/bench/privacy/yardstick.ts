// Measures detection on labelled texts of anybody, beside other engines that are installed:
//   npm run bench -- privacy FILE|FOLDER… [source=FOLDER] [rules=FILE] [wrong]

import { readFileSync } from 'node:fs';
import { scrubInputs } from '../../../services/cli/scrub-files.ts';
import { machineFacts, table } from '../markdown.ts';
import type { Gold } from './corpus.ts';
import { llmpEngine, otherEngines, type Engine } from './engines.ts';
import { readLabelled, type LabelledText } from './labelled.ts';
import * as scores from './scores.ts';

const WRONG = 'wrong';
const NOT_AVAILABLE = 'not measured';

/** Source text without labels: each hit in it is probably false. */
interface Source {
  readonly texts: readonly string[];
  readonly megabytes: number;
}

export async function runYardstick(args: readonly string[]): Promise<void> {
  const options = new Map(
    args.map((arg) => optionOf(arg)).filter((option) => option !== undefined),
  );
  const paths = args.filter((arg) => arg !== WRONG && optionOf(arg) === undefined);
  const texts = readLabelled(paths);
  const sourceFolder = options.get('source');
  const source = sourceFolder === undefined ? undefined : await readSource(sourceFolder);
  const rules = options.get('rules');
  const own = llmpEngine(rules === undefined ? null : readFileSync(rules, 'utf8'));
  console.log(`${machineFacts()}\n`);
  console.log(`${texts.length} texts with ${goldCount(texts)} values\n`);
  const rows: string[][] = [];
  let ownScores: scores.Scores | undefined;
  for (const engine of [own, ...otherEngines()]) {
    if ('missing' in engine) {
      rows.push([engine.name, `not installed: ${engine.missing}`, ...NO_CELLS]);
      continue;
    }
    const { found, seconds } = timed(
      engine,
      texts.map(({ text }) => text),
    );
    const scored = scores.scoresOf(texts, found);
    ownScores ??= scored;
    rows.push([engine.name, ...cells(scored), ...speedCells(engine, texts, seconds, source)]);
  }
  console.log(`${table(HEADS, rows)}\n`);
  if (ownScores === undefined) return;
  console.log(`${entityTable(ownScores)}\n`);
  if (args.includes(WRONG)) console.log(wrongLines(ownScores, texts).join('\n'));
}

const HEADS = [
  'engine',
  'recall',
  'precision',
  'F2',
  'leaked characters',
  'MB/s',
  'false hits per MB of source',
];

const NO_CELLS = HEADS.slice(2).map(() => '');

function cells(scored: scores.Scores): string[] {
  const { all } = scored;
  return [
    percent(scores.recallOf(all)),
    percent(scores.precisionOf(scored)),
    percent(scores.f2Of(scored)),
    percent(scores.leakRateOf(all)),
  ];
}

/** Speed on the source if there is one, because labelled texts are few; with the start of a program. */
function speedCells(
  engine: Engine,
  texts: readonly LabelledText[],
  seconds: number,
  source: Source | undefined,
): string[] {
  if (!source) {
    const megabytes = megabytesOf(texts.map(({ text }) => text));
    return [(megabytes / seconds).toFixed(2), NOT_AVAILABLE];
  }
  const timing = timed(engine, source.texts);
  const hits = timing.found.flat().length;
  return [(source.megabytes / timing.seconds).toFixed(2), (hits / source.megabytes).toFixed(2)];
}

function timed(engine: Engine, texts: readonly string[]) {
  const startedMs = performance.now();
  const found: readonly (readonly Gold[])[] = engine.find(texts);
  return { found, seconds: (performance.now() - startedMs) / 1_000 };
}

async function readSource(folder: string): Promise<Source> {
  const inputs = await Array.fromAsync(
    scrubInputs([folder], () => Promise.resolve(Buffer.from(''))),
  );
  const texts = inputs.flatMap(({ text }) => (text === null ? [] : [text]));
  return { texts, megabytes: megabytesOf(texts) };
}

function entityTable({ byEntity }: scores.Scores): string {
  const rows = [...byEntity]
    .toSorted(([, one], [, other]) => other.values - one.values)
    .map(([entity, score]) => [
      entity,
      String(score.values),
      String(score.found),
      String(score.complete),
      percent(scores.recallOf(score)),
      percent(scores.leakRateOf(score)),
    ]);
  return table(
    ['llmp, by entity', 'values', 'found', 'completely', 'recall', 'leaked characters'],
    rows,
  );
}

function wrongLines({ wrong }: scores.Scores, texts: readonly LabelledText[]): string[] {
  const textById = new Map(texts.map(({ id, text }) => [id, text]));
  return wrong.map(({ id, range: { start, end } }) => {
    const value = (textById.get(id) ?? '').slice(start, end);
    return `wrong in ${id} at ${start}: ${JSON.stringify(value)}`;
  });
}

function optionOf(arg: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^(source|rules)=(.+)$/.exec(arg) ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

function goldCount(texts: readonly LabelledText[]): number {
  return texts.reduce((count, { gold }) => count + gold.length, 0);
}

function megabytesOf(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0) / 1e6;
}

function percent(share: number): string {
  return Number.isNaN(share) ? '' : `${(100 * share).toFixed(1)} %`;
}
