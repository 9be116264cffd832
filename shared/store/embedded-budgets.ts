// Budgets in SQLite: the amount spent per account, and the holds of running requests.

import type { DatabaseSync } from 'node:sqlite';
import { DAY_MS } from '../metering/ledger.ts';
import type { Budget, BudgetState, QuotaRequest, Settlement } from '../metering/quotas.ts';

/** Call all but `removeEnded` inside a transaction. */
export interface EmbeddedBudgets {
  stateOf(budget: Budget, nowMs: number): BudgetState;
  hold(budget: Budget, holder: string, untilMs: number): void;
  settle(budget: Settlement['budgets'][number], holder: string): void;
  renew(request: Pick<QuotaRequest, 'budgets' | 'holder' | 'untilMs'>): void;
  /** Removes accounts whose period ended at least a day ago. */
  removeEnded(nowMs: number): void;
}

export const BUDGET_TABLES = `
  CREATE TABLE IF NOT EXISTS budgets (
    account TEXT PRIMARY KEY, spent REAL NOT NULL, end_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS holds (
    account TEXT NOT NULL, holder TEXT NOT NULL, amount REAL NOT NULL, until_ms REAL NOT NULL,
    PRIMARY KEY (account, holder)
  ) STRICT, WITHOUT ROWID;
`;

export function openEmbeddedBudgets(database: DatabaseSync): EmbeddedBudgets {
  const state = database.prepare(`
    SELECT
      (SELECT spent FROM budgets WHERE account = ?1) AS spent,
      total(amount) FILTER (WHERE until_ms > ?2) AS held,
      count(*) FILTER (WHERE until_ms <= ?2) AS expired
    FROM holds WHERE account = ?1
  `);
  const expire = database.prepare('DELETE FROM holds WHERE account = ? AND until_ms <= ?');
  const putHold = database.prepare('INSERT OR REPLACE INTO holds VALUES (?, ?, ?, ?)');
  const renewHold = database.prepare(
    'UPDATE holds SET until_ms = ? WHERE account = ? AND holder = ?',
  );
  const release = database.prepare('DELETE FROM holds WHERE account = ? AND holder = ?');
  const spend = database.prepare(`
    INSERT INTO budgets VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET spent = spent + excluded.spent
  `);
  const removeEnded = database.prepare('DELETE FROM budgets WHERE end_ms <= ?');

  return {
    stateOf({ account }, nowMs) {
      const found = state.get(account, nowMs);
      if (Number(found?.['expired']) > 0) expire.run(account, nowMs);
      return { spent: Number(found?.['spent'] ?? 0), held: Number(found?.['held']) };
    },
    hold({ account, hold }, holder, untilMs) {
      putHold.run(account, holder, hold, untilMs);
    },
    settle({ account, endMs, hold, cost }, holder) {
      if (hold > 0) release.run(account, holder);
      if (cost > 0) spend.run(account, cost, endMs);
    },
    renew({ budgets, holder, untilMs }) {
      for (const { account } of budgets) renewHold.run(untilMs, account, holder);
    },
    removeEnded(nowMs) {
      removeEnded.run(nowMs - DAY_MS);
    },
  };
}
