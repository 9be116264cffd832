// The store, the broker, the database of passages and the policies, as the settings name them.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { connectNats } from '../../../shared/bus/nats-connection.ts';
import { natsAddress, natsError } from '../../../shared/bus/nats-error.ts';
import { addressOf } from '../../../shared/runtime/dependency-error.ts';
import { redisAddresses } from '../../../shared/runtime/redis-url.ts';
import { withDeadline, type Clock } from '../../../shared/runtime/clock.ts';
import type { Config } from '../../config/config.ts';
import { readPolicyFiles } from '../../config/policy-files.ts';
import { openStore } from '../../host/open-store.ts';
import { compileAll } from '../../host/policy-watch.ts';
import { openPool } from '../../rag/passage-index/postgres-pool.ts';
import { hasStore } from '../admin/has-store.ts';
import { openPolicyTools } from '../policy-tools.ts';
import { CHECK_MS, fail, failedBy, note, ok, type Check } from './check.ts';

export async function serverChecks(config: Config, clock: Clock): Promise<Check[]> {
  const checks = await Promise.all([
    storeCheck(config),
    natsCheck(config),
    postgresCheck(config, clock),
    policyCheck(config, clock),
  ]);
  return checks.flat();
}

async function storeCheck(config: Config): Promise<Check> {
  const { redisUrl, dataDir } = config;
  const name = redisUrl === null ? 'store' : 'Redis';
  const folder = resolve(dataDir);
  if (!hasStore(config)) return await newStoreCheck(folder);
  try {
    await using store = await openStore(config, () => {});
    if (!(await store.ready())) return fail(name, 'does not respond', 'see docs/operations.md');
    const keys = (await store.hasKeys()) ? 'has keys' : 'has no key yet';
    return ok(name, `${redisUrl === null ? folder : redisAddresses(redisUrl)} ${keys}`);
  } catch (error) {
    return failedBy(name, error, redisUrl === null ? 'check LLMP_DATA_DIR' : 'check REDIS_URL');
  }
}

/** The first start creates the folder. */
async function newStoreCheck(folder: string): Promise<Check> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK);
      return note('store', `there is none in ${folder} yet`, 'llmp start creates it');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' && at !== dirname(at)) continue;
      return fail('store', `${at} cannot be written (${String(code)})`, 'check LLMP_DATA_DIR');
    }
  }
}

async function natsCheck({ nats, limits }: Config): Promise<Check[]> {
  if (!nats) return [];
  try {
    const connection = await connectNats(
      { ...nats, name: 'llmp doctor' },
      { connectMs: limits.bus.connectMs, inboxPrefix: '_INBOX', waitOnFirstConnect: false },
    );
    const version = connection.info?.version ?? 'of unknown version';
    await connection.close();
    return [ok('NATS', `${natsAddress(nats.servers)} is nats-server ${version}`)];
  } catch (error) {
    return [failedBy('NATS', natsError(error, nats), 'check NATS_URL')];
  }
}

async function postgresCheck({ databaseUrl }: Config, clock: Clock): Promise<Check[]> {
  if (databaseUrl === null) return [];
  try {
    await using sql = openPool(databaseUrl);
    const { signal } = new AbortController();
    const rows = await withDeadline(clock, CHECK_MS, signal, (deadline) =>
      sql.query(
        `SELECT current_setting('server_version') AS version,
                (SELECT count(*) FROM pg_available_extensions WHERE name = 'vector') AS vector`,
        [],
        deadline,
      ),
    );
    const { version, vector } = rows[0] ?? {};
    const found = `${addressOf(databaseUrl, 5432)} is PostgreSQL ${String(version)}`;
    if (Number(vector) > 0) return [ok('Postgres', `${found} with pgvector`)];
    return [fail('Postgres', `${found} without pgvector`, 'install the extension vector there')];
  } catch (error) {
    return [failedBy('Postgres', error, 'check DATABASE_URL')];
  }
}

async function policyCheck(config: Config, clock: Clock): Promise<Check> {
  try {
    const files = await readPolicyFiles(config.policies);
    const { context } = await openPolicyTools(config, clock);
    const policies = compileAll(files, context);
    return ok('policies', [...policies.keys()].join(', '));
  } catch (error) {
    return failedBy('policies', error, 'mend the file; llmp policy check tries it');
  }
}
