import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { PassageIndex } from './passage-index/passage-index.ts';

/** The index in use: Postgres where it is configured, otherwise SQLite in the data directory. */
export async function openConfiguredIndex({
  databaseUrl,
  dataDir,
}: Pick<Config, 'databaseUrl' | 'dataDir'>): Promise<PassageIndex> {
  if (databaseUrl === null) {
    const { openSqliteIndex } = await import('./passage-index/sqlite.ts');
    return openSqliteIndex(join(dataDir, 'index'));
  }
  const { openPostgresIndex } = await import('./passage-index/postgres.ts');
  return await openPostgresIndex(databaseUrl);
}
