// `documents migrate`: copies documents from another index into the configured one. It opens both, so run
// it where both are reachable: beside the rag worker.

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentRecord } from '../../shared/retrieval/collections.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Store } from '../../shared/store/store.ts';
import { UsageError } from './command-line.ts';
import type { Output } from './commands.ts';
import { ConfigError, readConfig, type Config } from '../config/config.ts';
import type { Progress } from './progress-bar.ts';
import {
  MIGRATION_MESSAGES,
  migrateCollection,
  type MigrationResult,
} from '../rag/ingest/migrate.ts';
import { openConfiguredIndex } from '../rag/open-index.ts';

export interface MigrationTools {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir' | 'embeddings'>;
  readonly store: Store;
  readonly progress: Progress;
}

type Options = Readonly<Record<string, string | undefined>>;

const PAGE_SIZE = 500;

/** @returns Whether the configured index now holds every indexed document. */
export async function migrateDocuments(
  options: Options,
  { config, store, progress }: MigrationTools,
  { line, note }: Output,
): Promise<boolean> {
  const from = sourceOf(options, config);
  const names = await collectionsIn(store, options['collection']);
  await using source = await openConfiguredIndex(from);
  await using target = await openConfiguredIndex(config);
  const model = config.embeddings?.model;
  const totals = await Promise.all(names.map((name) => countDocuments(store, name)));
  const counts: Partial<Record<MigrationResult, number>> = {};
  const problems: string[] = [];
  let done = 0;
  const onDocument = ({ collection, id, name }: DocumentRecord, migrated: MigrationResult) => {
    done += 1;
    counts[migrated] = (counts[migrated] ?? 0) + 1;
    progress.at(done, name);
    if (migrated === 'absent' || migrated === 'changed') {
      problems.push([collection, id, name, MIGRATION_MESSAGES[migrated]].join('\t'));
    }
  };
  note(`From ${source.place} to ${target.place}:`);
  progress.begin(totals.reduce((sum, count) => sum + count, 0));
  try {
    for (const name of names) {
      await migrateCollection({ collections: store, source, target, model }, name, onDocument);
    }
  } finally {
    progress.end();
  }
  for (const problem of problems) line(problem);
  for (const [migrated, count] of Object.entries(counts)) {
    note(`${count}\t${MIGRATION_MESSAGES[migrated as MigrationResult]}`);
  }
  if (counts.wordsOnly) note('To add vectors of the current model, run llmp documents reindex.');
  return problems.length === 0;
}

/** The source index, as settings. */
function sourceOf(
  { 'from-data-dir': dataDir, 'from-database': databaseUrl }: Options,
  config: MigrationTools['config'],
): Pick<Config, 'databaseUrl' | 'dataDir'> {
  if ((dataDir === undefined) === (databaseUrl === undefined)) {
    throw new UsageError(
      'documents migrate needs exactly one of --from-data-dir and --from-database',
    );
  }
  if (databaseUrl !== undefined) {
    if (databaseUrl === config.databaseUrl) throw new UsageError(SAME_INDEX);
    return { databaseUrl: checkedUrl(databaseUrl), dataDir: config.dataDir };
  }
  const folder = indexFolder(dataDir ?? '');
  if (!existsSync(folder)) {
    throw new LlmpError('invalid_request', `There is no index in ${dataDir}.`);
  }
  const used = indexFolder(config.dataDir);
  const isSame =
    config.databaseUrl === null && existsSync(used) && realpathSync(used) === realpathSync(folder);
  if (isSame) throw new UsageError(SAME_INDEX);
  return { databaseUrl: null, dataDir: dataDir ?? '' };
}

const SAME_INDEX = 'that is the index in use; name the one to copy from';

function indexFolder(dataDir: string): string {
  return join(dataDir, 'index');
}

/** Applies the rule of DATABASE_URL, whose message shows no value. */
function checkedUrl(url: string): string {
  try {
    return readConfig({ DATABASE_URL: url }, []).databaseUrl ?? url;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError('--from-database: must be a postgres:// or postgresql:// URL');
  }
}

async function collectionsIn(store: Store, named: string | undefined): Promise<string[]> {
  if (named !== undefined) {
    if (await store.collection(named)) return [named];
    throw new LlmpError('not_found', 'There is no such collection.');
  }
  const names: string[] = [];
  for (;;) {
    const page = await store.listCollections({ after: names.at(-1) ?? '', limit: PAGE_SIZE });
    names.push(...page.map(({ name }) => name));
    if (page.length < PAGE_SIZE) return names;
  }
}

async function countDocuments(store: Store, collection: string): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    const page = await store.listDocuments(collection, { after, limit: PAGE_SIZE });
    count += page.length;
    if (page.length < PAGE_SIZE) return count;
    after = page.at(-1)?.id ?? '';
  }
}
