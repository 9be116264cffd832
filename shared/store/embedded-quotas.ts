// What is used and what may be: quotas and the ledger, in a file of their own apart from the keys. A
// crash of the process loses nothing; a power cut may take the last moments, so that no request waits
// for the disk. Processes that share the directory share it all.

import { join } from 'node:path';
import { dayOf, type Ledger, type LedgerRetention } from '../metering/ledger.ts';
import { limits } from '../limits.ts';
import { affords, type TokenCharge, type Quotas, type Settlement } from '../metering/quotas.ts';
import {
  neededUnits,
  refilled,
  UNITS_PER_TOKEN,
  type BucketState,
} from '../metering/token-bucket.ts';
import { openDatabase } from './embedded-database.ts';
import { openEmbeddedLedger } from './embedded-ledger.ts';
import { openEmbeddedBudgets } from './embedded-purses.ts';
import { gatheredSteps } from './embedded-transaction.ts';

/** Opens or creates `usage.db` in a directory that exists. */
export function openEmbeddedQuotas(
  directory: string,
  retention: LedgerRetention,
): Quotas & Ledger & Disposable {
  const database = openDatabase(join(directory, 'usage.db'), limits.lockWaitMs);
  database.exec(`
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS buckets (
      name TEXT PRIMARY KEY, level REAL NOT NULL, at_ms REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS seats (
      place TEXT NOT NULL, holder TEXT NOT NULL, until_ms REAL NOT NULL,
      PRIMARY KEY (place, holder)
    ) STRICT, WITHOUT ROWID;
  `);
  const budgets = openEmbeddedBudgets(database);
  const ledger = openEmbeddedLedger(database, retention);
  let tidiedDay = '';
  const read = database.prepare('SELECT level, at_ms AS atMs FROM buckets WHERE name = ?');
  const write = database.prepare('INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)');
  const expire = database.prepare('DELETE FROM seats WHERE place = ? AND until_ms <= ?');
  const taken = database.prepare('SELECT count(*) AS taken FROM seats WHERE place = ?');
  const sit = database.prepare('INSERT OR REPLACE INTO seats VALUES (?, ?, ?)');
  const stay = database.prepare('UPDATE seats SET until_ms = ? WHERE place = ? AND holder = ?');
  const leave = database.prepare('DELETE FROM seats WHERE place = ? AND holder = ?');

  const inOneStep = gatheredSteps(database);

  const stateOf = ({ bucket, perMinute }: TokenCharge, nowMs: number) =>
    refilled(read.get(bucket) as BucketState | undefined, perMinute, nowMs);

  return {
    take({ nowMs, charges, leases, budgets: asked, holder, untilMs }) {
      return inOneStep(() => {
        const states = charges.map((charge) => ({ charge, state: stateOf(charge, nowMs) }));
        const leased = leases.map(({ table, max }) => {
          expire.run(table, nowMs);
          return Number(taken.get(table)?.['taken']) < max;
        });
        const budgetPeriods = asked.map((budget) => budgets.stateOf(budget, nowMs));
        const granted =
          leased.every(Boolean) &&
          asked.every((budget, at) =>
            affords(budget, budgetPeriods[at] ?? { spent: Infinity, held: 0 }),
          ) &&
          states.every(
            ({ charge, state }) => state.level >= neededUnits(charge.tokens, charge.perMinute),
          );
        if (!granted) {
          return {
            granted,
            left: states.map(({ state }) => state.level / UNITS_PER_TOKEN),
            leased,
            budgets: budgetPeriods,
          };
        }
        for (const { table } of leases) sit.run(table, holder, untilMs);
        for (const budget of asked) budgets.hold(budget, holder, untilMs);
        const left = states.map(({ charge, state }) => {
          const level = state.level - charge.tokens * UNITS_PER_TOKEN;
          write.run(charge.bucket, level, state.atMs);
          return level / UNITS_PER_TOKEN;
        });
        return { granted, left, leased, budgets: budgetPeriods };
      });
    },
    settle: (settlement) => inOneStep(() => settleOne(settlement)),
    async renew({ leases, budgets: held, holder, untilMs }) {
      for (const { table } of leases) stay.run(untilMs, table, holder);
      budgets.renew({ budgets: held, holder, untilMs });
    },
    listEntries: (page) => ledger.listEntries(page),
    usage: (days) => ledger.usage(days),
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
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
    for (const { table } of leases) leave.run(table, holder);
    for (const budget of settled) budgets.settle(budget, holder);
    tidy(nowMs);
  }

  /** Once a day, and once after each start. */
  function tidy(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day <= tidiedDay) return;
    tidiedDay = day;
    budgets.forget(nowMs);
    ledger.forget(nowMs);
  }
}
