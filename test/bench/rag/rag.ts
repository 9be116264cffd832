// Quality and speed of the passage index, in SQLite and, where available, a real Postgres:
//   npm run bench -- rag                       both parts, several minutes
//   npm run bench -- rag sizes=10000           other passage counts; sizes= skips the speed part
//   npm run bench -- rag in=sqlite             skips Postgres, which takes most of the time
//   npm run bench -- rag data=<folder>         Cranfield (corpus.jsonl, queries.jsonl, qrels.tsv)

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PassageIndex } from '../../../services/rag/passage-index/passage-index.ts';
import { openPostgresIndex } from '../../../services/rag/passage-index/postgres.ts';
import { openSqliteIndex } from '../../../services/rag/passage-index/sqlite.ts';
import { postgresPrograms } from '../../kit/postgres-install.ts';
import { startPostgresServer } from '../../kit/postgres-server.ts';
import { machineFacts, table } from '../markdown.ts';
import { spread } from '../measures.ts';
import { hasCranfield, measureQuality } from './quality.ts';
import { measureSpeed } from './speed.ts';

const CRANFIELD = fileURLToPath(new URL('../../../../shared/data/cranfield', import.meta.url));
/** What both adapters achieved when introduced, less a margin. */
const NDCG_MIN = 0.36;

/** Runs both parts and prints Markdown tables; fails if quality drops. */
export async function runRag(args: readonly string[]): Promise<void> {
  const valueOf = (name: string) =>
    args.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const folder = resolve(valueOf('data') ?? CRANFIELD);
  const sizes = (valueOf('sizes') ?? '10000,100000').split(',').map(Number).filter(Boolean);
  await using stack = new AsyncDisposableStack();
  const indexes = await openIndexes(stack, valueOf('in') === 'sqlite');
  console.log(`${machineFacts()}\n`);
  if (hasCranfield(folder)) await qualityTable(indexes, folder);
  else console.log(`Cranfield is not in ${folder}, so the ranking is not measured.\n`);
  for (const size of sizes) await speedTable(indexes, size);
}

type Indexes = ReadonlyMap<string, PassageIndex>;

async function openIndexes(stack: AsyncDisposableStack, isSqliteOnly: boolean): Promise<Indexes> {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-bench-index-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const indexes = new Map([['SQLite', stack.use(openSqliteIndex(directory))]]);
  if (isSqliteOnly) return indexes;
  if (postgresPrograms() === undefined) {
    console.log('PostgreSQL with pgvector is not installed; `npm test` installs it.\n');
    return indexes;
  }
  const server = stack.use(await startPostgresServer());
  return indexes.set('Postgres', stack.use(await openPostgresIndex(server.url)));
}

async function qualityTable(indexes: Indexes, folder: string): Promise<void> {
  const rows: string[][] = [];
  for (const [name, index] of indexes) {
    const { ndcg, recall, questions } = await measureQuality(index, folder);
    if (ndcg < NDCG_MIN) process.exitCode = 1;
    const verdict = ndcg < NDCG_MIN ? `below ${NDCG_MIN}` : 'yes';
    rows.push([name, ndcg.toFixed(3), recall.toFixed(3), String(questions), verdict]);
  }
  const heads = ['Cranfield, words alone', 'nDCG@10', 'recall@10', 'questions', 'good enough'];
  console.log(`${table(heads, rows)}\n`);
}

async function speedTable(indexes: Indexes, size: number): Promise<void> {
  const rows: string[][] = [];
  for (const [name, index] of indexes) {
    const { ingestedPerSecond, wordsMs, vectorsMs } = await measureSpeed(index, size);
    rows.push([name, ingestedPerSecond.toFixed(0), spread(wordsMs), spread(vectorsMs)]);
  }
  const heads = [
    `${size} passages`,
    'indexed per second',
    'words, ms p50 / p99',
    'vectors, ms p50 / p99',
  ];
  console.log(`${table(heads, rows)}\n`);
}
