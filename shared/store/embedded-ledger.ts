// The ledger in SQLite: entries and their daily sums, so that a year's usage needs no year of entries.

import type { DatabaseSync } from 'node:sqlite';
import {
  DAY_MS,
  dayOf,
  USAGE_COUNTS,
  usageOf,
  type LedgerEntry,
  type LedgerPage,
  type LedgerRetention,
  type UsageSum,
} from '../metering/ledger.ts';

export interface EmbeddedLedger {
  /** As in the ledger port. */
  listEntries(page: LedgerPage): LedgerEntry[];
  usage(days: { readonly from: string; readonly to: string }): UsageSum[];
  /** Returns false when the entry exists already. Call it inside a transaction. */
  write(entry: LedgerEntry): boolean;
  /** Removes entries and sums past their retention. */
  removeExpired(nowMs: number): void;
}

const COLUMNS = USAGE_COUNTS.map((count) => `"${count}"`);

export const LEDGER_TABLES = `
  CREATE TABLE IF NOT EXISTS entries (
    day TEXT NOT NULL, at_ms REAL NOT NULL, id TEXT NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (day, at_ms, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS usage (
    day TEXT NOT NULL, keyId TEXT NOT NULL, team TEXT NOT NULL, model TEXT NOT NULL,
    ${COLUMNS.map((column) => `${column} REAL NOT NULL`).join(', ')},
    PRIMARY KEY (day, keyId, team, model)
  ) STRICT, WITHOUT ROWID;
`;

export function openEmbeddedLedger(
  database: DatabaseSync,
  { entryDays, usageDays }: LedgerRetention,
): EmbeddedLedger {
  const insert = database.prepare('INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)');
  const add = database.prepare(`
    INSERT INTO usage VALUES (?, ?, ?, ?, ${COLUMNS.map(() => '?').join(', ')})
    ON CONFLICT DO UPDATE SET
      ${COLUMNS.map((column) => `${column} = ${column} + excluded.${column}`).join(', ')}
  `);
  const page = database.prepare(`
    SELECT entry FROM entries WHERE day = ? AND (at_ms, id) > (?, ?) ORDER BY at_ms, id LIMIT ?
  `);
  const newest = database.prepare(`
    SELECT entry FROM entries WHERE day = ? AND (at_ms, id) < (?, ?)
    ORDER BY at_ms DESC, id DESC LIMIT ?
  `);
  const sums = database.prepare('SELECT * FROM usage WHERE day BETWEEN ? AND ?');
  const removeEntries = database.prepare('DELETE FROM entries WHERE day < ?');
  const removeUsage = database.prepare('DELETE FROM usage WHERE day < ?');

  return {
    write(entry) {
      const { day, keyId, team, model, ...counts } = usageOf(entry);
      const { changes } = insert.run(day, entry.atMs, entry.id, JSON.stringify(entry));
      if (changes === 0) return false;
      add.run(day, keyId, team, model, ...USAGE_COUNTS.map((count) => counts[count]));
      return true;
    },
    listEntries({ day, order, after, limit }) {
      const rows =
        order === 'newest'
          ? newest.all(day, after?.atMs ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit)
          : page.all(day, after?.atMs ?? -1, after?.id ?? '', limit);
      return rows.map(({ entry }) => JSON.parse(String(entry)) as LedgerEntry);
    },
    usage({ from, to }) {
      return sums.all(from, to).map((row) => ({ ...row }) as unknown as UsageSum);
    },
    removeExpired(nowMs) {
      removeEntries.run(dayOf(nowMs - entryDays * DAY_MS));
      removeUsage.run(dayOf(nowMs - usageDays * DAY_MS));
    },
  };
}
