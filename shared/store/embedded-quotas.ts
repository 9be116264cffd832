// Quotas and the ledger in their own SQLite file. A process crash loses nothing; a power failure may lose
// the last moments, so that no request waits for fsync. Processes with the same directory share quotas.

import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { dayOf, type Ledger, type LedgerRetention } from '../metering/ledger.ts';
import {
  affords,
  type QuotaDecision,
  type QuotaRequest,
  type Quotas,
  type Settlement,
  type TokenCharge,
} from '../metering/quotas.ts';
import {
  neededUnits,
  refilled,
  UNITS_PER_TOKEN,
  type BucketState,
} from '../metering/token-bucket.ts';
import { LEDGER_TABLES, openEmbeddedLedger, type EmbeddedLedger } from './embedded-ledger.ts';
import { BUDGET_TABLES, openEmbeddedBudgets } from './embedded-budgets.ts';
import { EmbeddedFile } from './embedded-file.ts';
import type { BusyOptions } from './embedded-transaction.ts';

export interface EmbeddedQuotas extends Quotas, Ledger, Disposable {
  /** Rejects unless a row can be written. */
  probe(): Promise<void>;
}

interface Tables extends Pick<EmbeddedLedger, 'listEntries' | 'usage'> {
  reserve(request: QuotaRequest): QuotaDecision;
  settle(settlement: Settlement): void;
  renew(request: Omit<QuotaRequest, 'charges'>): void;
  probe(): void;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS buckets (
    name TEXT PRIMARY KEY, level REAL NOT NULL, at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS concurrency_leases (
    scope TEXT NOT NULL, holder TEXT NOT NULL, until_ms REAL NOT NULL,
    PRIMARY KEY (scope, holder)
  ) STRICT, WITHOUT ROWID;
  ${BUDGET_TABLES}
  ${LEDGER_TABLES}
`;

/** Opens or creates `usage.db`; `directory` must exist. */
export function openEmbeddedQuotas(
  directory: string,
  retention: LedgerRetention,
  busy: BusyOptions,
): EmbeddedQuotas {
  const file = new EmbeddedFile({
    ...busy,
    path: join(directory, 'usage.db'),
    pragmas: 'PRAGMA synchronous = NORMAL',
    create: (database) => database.exec(TABLES),
    prepare: (database) => prepareTables(database, retention),
  });
  return {
    reserve: (request) => file.write((tables) => tables.reserve(request)),
    settle: (settlement) => file.write((tables) => tables.settle(settlement)),
    renew: (request) => file.write((tables) => tables.renew(request)),
    probe: () => file.write((tables) => tables.probe()),
    listEntries: (page) => file.read((tables) => tables.listEntries(page)),
    usage: (days) => file.read((tables) => tables.usage(days)),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

function prepareTables(database: DatabaseSync, retention: LedgerRetention): Tables {
  const budgets = openEmbeddedBudgets(database);
  const ledger = openEmbeddedLedger(database, retention);
  let lastCleanupDay = '';
  const read = database.prepare('SELECT level, at_ms AS atMs FROM buckets WHERE name = ?');
  const write = database.prepare('INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)');
  const expire = database.prepare(
    'DELETE FROM concurrency_leases WHERE scope = ? AND until_ms <= ?',
  );
  const leaseCounts = database.prepare(`
    SELECT
      count(*) FILTER (WHERE until_ms > ?2) AS taken,
      count(*) FILTER (WHERE until_ms <= ?2) AS expired
    FROM concurrency_leases WHERE scope = ?1
  `);
  const putLease = database.prepare('INSERT OR REPLACE INTO concurrency_leases VALUES (?, ?, ?)');
  const renewLease = database.prepare(
    'UPDATE concurrency_leases SET until_ms = ? WHERE scope = ? AND holder = ?',
  );
  const releaseLease = database.prepare(
    'DELETE FROM concurrency_leases WHERE scope = ? AND holder = ?',
  );

  const stateOf = ({ bucket, perMinute }: TokenCharge, nowMs: number) =>
    refilled(read.get(bucket) as BucketState | undefined, perMinute, nowMs);

  return {
    reserve({ nowMs, charges, leases, budgets: requested, holder, untilMs }) {
      const states = charges.map((charge) => ({ charge, state: stateOf(charge, nowMs) }));
      const leased = leases.map(({ scope, max }) => {
        const counts = leaseCounts.get(scope, nowMs);
        if (Number(counts?.['expired']) > 0) expire.run(scope, nowMs);
        return Number(counts?.['taken']) < max;
      });
      const budgetStates = requested.map((budget) => budgets.stateOf(budget, nowMs));
      const granted =
        leased.every(Boolean) &&
        requested.every((budget, at) =>
          affords(budget, budgetStates[at] ?? { spent: Infinity, held: 0 }),
        ) &&
        states.every(
          ({ charge, state }) => state.level >= neededUnits(charge.tokens, charge.perMinute),
        );
      if (!granted) {
        return {
          granted,
          left: states.map(({ state }) => state.level / UNITS_PER_TOKEN),
          leased,
          budgets: budgetStates,
        };
      }
      for (const { scope } of leases) putLease.run(scope, holder, untilMs);
      for (const budget of requested) budgets.hold(budget, holder, untilMs);
      const left = states.map(({ charge, state }) => {
        const level = state.level - charge.tokens * UNITS_PER_TOKEN;
        write.run(charge.bucket, level, state.atMs);
        return level / UNITS_PER_TOKEN;
      });
      return { granted, left, leased, budgets: budgetStates };
    },
    settle: settleOne,
    renew({ leases, budgets: held, holder, untilMs }) {
      for (const { scope } of leases) renewLease.run(untilMs, scope, holder);
      budgets.renew({ budgets: held, holder, untilMs });
    },
    listEntries: (page) => ledger.listEntries(page),
    usage: (days) => ledger.usage(days),
    // Buckets of keys and teams have a prefix.
    probe: () => void write.run('probe', 0, 0),
  };

  function settleOne({
    nowMs,
    charges,
    leases,
    budgets: settled,
    holder,
    entry,
  }: Settlement): void {
    if (entry && !ledger.write(entry)) return;
    for (const charge of charges) {
      const { level, atMs } = stateOf(charge, nowMs);
      const full = charge.perMinute * UNITS_PER_TOKEN;
      write.run(charge.bucket, Math.min(full, level + charge.tokens * UNITS_PER_TOKEN), atMs);
    }
    for (const { scope } of leases) releaseLease.run(scope, holder);
    for (const budget of settled) budgets.settle(budget, holder);
    cleanUp(nowMs);
  }

  /** Runs once a day, and once after each start. */
  function cleanUp(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day <= lastCleanupDay) return;
    lastCleanupDay = day;
    budgets.removeEnded(nowMs);
    ledger.removeExpired(nowMs);
  }
}
