// `documents migrate`: copies documents from another index into the configured one. It opens both, so run
// it where both are reachable: beside the rag worker.

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentRecord } from '../../shared/retrieval/collections.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Store } from '../../shared/store/store.ts';
import { requireCollection } from '../admin/collections.ts';
import { ConfigError, readConfig, type Config } from '../config/config.ts';
import {
  MIGRATION_MESSAGES,
  migrateCollection,
  type MigrationResult,
} from '../rag/ingest/migrate.ts';
import { openConfiguredIndex } from '../rag/open-index.ts';
import type { Invocation, OptionValues } from './command-spec.ts';
import { createProgressBar } from './progress-bar.ts';
import type { Column } from './table.ts';
import { UsageError } from './usage-error.ts';

type IndexConfig = Pick<Config, 'databaseUrl' | 'dataDir'>;

interface Problem {
  readonly collection: string;
  readonly id: string;
  readonly name: string;
  readonly problem: string;
}

const PROBLEMS: readonly Column<Problem>[] = [
  { title: 'collection', of: ({ collection }) => collection },
  { title: 'id', of: ({ id }) => id },
  { title: 'name', of: ({ name }) => name },
  { title: 'problem', of: ({ problem }) => problem },
];

const PAGE_SIZE = 500;

/** @returns 1 unless the configured index now holds every indexed document. */
export async function migrateDocuments(invocation: Invocation): Promise<number> {
  const { options, out } = invocation;
  const config = invocation.config();
  const from = sourceOf(options, config);
  const { store } = await invocation.admin();
  if (!store) throw new UsageError('documents migrate opens the indexes itself: leave out --url');
  const names = await collectionsIn(store, options.text('collection'));
  await using source = await openConfiguredIndex(from);
  await using target = await openConfiguredIndex(config);
  const model = config.embeddings?.model;
  const totals = await Promise.all(names.map((name) => countDocuments(store, name)));
  const counts: Partial<Record<MigrationResult, number>> = {};
  const problems: Problem[] = [];
  const progress = createProgressBar();
  let done = 0;
  const onDocument = ({ collection, id, name }: DocumentRecord, migrated: MigrationResult) => {
    done += 1;
    counts[migrated] = (counts[migrated] ?? 0) + 1;
    progress.at(done, name);
    if (migrated === 'absent' || migrated === 'changed') {
      problems.push({ collection, id, name, problem: MIGRATION_MESSAGES[migrated] });
    }
  };
  out.note(`From ${source.place} to ${target.place}:`);
  progress.begin(totals.reduce((sum, count) => sum + count, 0));
  try {
    for (const name of names) {
      await migrateCollection({ collections: store, source, target, model }, name, onDocument);
    }
  } finally {
    progress.end();
  }
  if (out.isJson) out.json({ counts, problems });
  else if (problems.length > 0) out.list(problems, problems, PROBLEMS);
  for (const [migrated, count] of Object.entries(counts)) {
    out.note(`${count}\t${MIGRATION_MESSAGES[migrated as MigrationResult]}`);
  }
  if (counts.wordsOnly)
    out.note('To add vectors of the current model, run llmp documents reindex.');
  return problems.length === 0 ? 0 : 1;
}

/** The source index, as settings. */
function sourceOf(options: OptionValues, config: IndexConfig): IndexConfig {
  const [dataDir, databaseUrl] = [options.text('from-data-dir'), options.text('from-database')];
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
    return [(await requireCollection(store, named)).name];
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
