// What was spent of which account, and what is set aside for requests that still run.

import type { DatabaseSync } from 'node:sqlite';
import { DAY_MS } from '../metering/ledger.ts';
import type { Budget, BudgetState, QuotaOrder, Settlement } from '../metering/quotas.ts';

/** All but `forget` belong inside a transaction of their caller. */
export interface EmbeddedBudgets {
  stateOf(budget: Budget, nowMs: number): BudgetState;
  hold(budget: Budget, holder: string, untilMs: number): void;
  settle(budget: Settlement['budgets'][number], holder: string): void;
  renew(order: Pick<QuotaOrder, 'budgets' | 'holder' | 'untilMs'>): void;
  /** Removes accounts whose period ended a day ago or longer. */
  forget(nowMs: number): void;
}

export function openEmbeddedBudgets(database: DatabaseSync): EmbeddedBudgets {
  database.exec(`
    CREATE TABLE IF NOT EXISTS purses (
      account TEXT PRIMARY KEY, spent REAL NOT NULL, end_ms REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS holds (
      account TEXT NOT NULL, holder TEXT NOT NULL, amount REAL NOT NULL, until_ms REAL NOT NULL,
      PRIMARY KEY (account, holder)
    ) STRICT, WITHOUT ROWID;
  `);
  const read = database.prepare('SELECT spent FROM purses WHERE account = ?');
  const expire = database.prepare('DELETE FROM holds WHERE account = ? AND until_ms <= ?');
  const sum = database.prepare('SELECT total(amount) AS held FROM holds WHERE account = ?');
  const put = database.prepare('INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?)');
  const stay = database.prepare('UPDATE holds SET until_ms = ? WHERE account = ? AND holder = ?');
  const drop = database.prepare('DELETE FROM holds WHERE account = ? AND holder = ?');
  const spend = database.prepare(`
    INSERT INTO purses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent
  `);
  const ended = database.prepare('DELETE FROM purses WHERE end_ms <= ?');

  return {
    stateOf({ account }, nowMs) {
      expire.run(account, nowMs);
      const spent = Number(read.get(account)?.['spent'] ?? 0);
      return { spent, held: Number(sum.get(account)?.['held']) };
    },
    hold({ account, hold }, holder, untilMs) {
      put.run(account, holder, hold, untilMs);
    },
    settle({ account, endMs, hold, cost }, holder) {
      if (hold > 0) drop.run(account, holder);
      if (cost > 0) spend.run(account, cost, endMs);
    },
    renew({ budgets, holder, untilMs }) {
      for (const { account } of budgets) stay.run(untilMs, account, holder);
    },
    forget(nowMs) {
      ended.run(nowMs - DAY_MS);
    },
  };
}
