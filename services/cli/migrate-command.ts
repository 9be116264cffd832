// The operator's command that brings documents from another index into the one that is configured. It
// works on both by itself, so it runs where both can be reached: beside the rag worker.

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
import { openConfiguredIndex } from '../host/retrieval.ts';

export interface MigrationTools {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir' | 'embeddings'>;
  readonly store: Store;
  readonly progress: Progress;
}

type Options = Readonly<Record<string, string | undefined>>;

const PAGE = 500;

/** Whether all that was indexed is in the index in use now. */
export async function migrateDocuments(
  options: Options,
  { config, store, progress }: MigrationTools,
  { line, note }: Output,
): Promise<boolean> {
  const from = placeIn(options, config);
  const names = await collectionsIn(store, options['collection']);
  await using source = await openConfiguredIndex(from);
  await using target = await openConfiguredIndex(config);
  const model = config.embeddings?.model;
  const totals = await Promise.all(names.map((name) => countDocuments(store, name)));
  const counts: Partial<Record<MigrationResult, number>> = {};
  const unwell: string[] = [];
  let done = 0;
  const heard = ({ collection, id, name }: DocumentRecord, migrated: MigrationResult) => {
    done += 1;
    counts[migrated] = (counts[migrated] ?? 0) + 1;
    progress.at(done, name);
    if (migrated === 'absent' || migrated === 'changed') {
      unwell.push([collection, id, name, MIGRATION_MESSAGES[migrated]].join('\t'));
    }
  };
  note(`From ${source.place} to ${target.place}:`);
  progress.begin(totals.reduce((sum, count) => sum + count, 0));
  try {
    for (const name of names) {
      await migrateCollection({ collections: store, source, target, model }, name, heard);
    }
  } finally {
    progress.end();
  }
  for (const words of unwell) line(words);
  for (const [migrated, count] of Object.entries(counts)) {
    note(`${count}\t${MIGRATION_MESSAGES[migrated as MigrationResult]}`);
  }
  if (counts.wordsOnly) note('For vectors of the model in use: llmp documents reindex');
  return unwell.length === 0;
}

/** Where the documents come from, in the words of the configuration. */
function placeIn(
  { 'from-data-dir': dataDir, 'from-database': databaseUrl }: Options,
  config: MigrationTools['config'],
): Pick<Config, 'databaseUrl' | 'dataDir'> {
  if ((dataDir === undefined) === (databaseUrl === undefined)) {
    throw new UsageError('documents migrate needs either --from-data-dir or --from-database');
  }
  if (databaseUrl !== undefined) {
    if (databaseUrl === config.databaseUrl) throw new UsageError(SAME);
    return { databaseUrl: checkedUrl(databaseUrl), dataDir: config.dataDir };
  }
  const folder = indexIn(dataDir ?? '');
  if (!existsSync(folder)) {
    throw new LlmpError('invalid_request', `There is no index in ${dataDir}.`);
  }
  const used = indexIn(config.dataDir);
  const isSame =
    config.databaseUrl === null && existsSync(used) && realpathSync(used) === realpathSync(folder);
  if (isSame) throw new UsageError(SAME);
  return { databaseUrl: null, dataDir: dataDir ?? '' };
}

const SAME = 'that is the index in use; name the one the documents come from';

function indexIn(dataDir: string): string {
  return join(dataDir, 'index');
}

/** By the rule of the setting, whose faults name no value. */
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
    const page = await store.listCollections({ after: names.at(-1) ?? '', limit: PAGE });
    names.push(...page.map(({ name }) => name));
    if (page.length < PAGE) return names;
  }
}

async function countDocuments(store: Store, collection: string): Promise<number> {
  let count = 0;
  for (let after = ''; ;) {
    const page = await store.listDocuments(collection, { after, limit: PAGE });
    count += page.length;
    if (page.length < PAGE) return count;
    after = page.at(-1)?.id ?? '';
  }
}
