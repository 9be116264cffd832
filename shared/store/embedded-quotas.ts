// Quotas in a file of their own, apart from the keys: losing the last of them to a power cut costs
// nothing, so no write waits for the disk. Processes that share the directory share the quotas.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Draw, Quotas } from '../quotas.ts';
import { neededUnits, refilled, UNITS_PER_TOKEN, type BucketState } from '../token-bucket.ts';
import { transaction } from './embedded-transaction.ts';

/** Opens or creates `quotas.db` in a directory that exists. */
export function openEmbeddedQuotas(directory: string): Quotas & Disposable {
  const database = new DatabaseSync(join(directory, 'quotas.db'));
  database.exec(`
    PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS buckets (
      name TEXT PRIMARY KEY, level REAL NOT NULL, at_ms REAL NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS seats (
      place TEXT NOT NULL, holder TEXT NOT NULL, until_ms REAL NOT NULL,
      PRIMARY KEY (place, holder)
    ) STRICT;
  `);
  const read = database.prepare('SELECT level, at_ms AS atMs FROM buckets WHERE name = ?');
  const write = database.prepare('INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)');
  const expire = database.prepare('DELETE FROM seats WHERE place = ? AND until_ms <= ?');
  const taken = database.prepare('SELECT count(*) AS taken FROM seats WHERE place = ?');
  const sit = database.prepare('INSERT OR REPLACE INTO seats VALUES (?, ?, ?)');
  const stay = database.prepare('UPDATE seats SET until_ms = ? WHERE place = ? AND holder = ?');
  const leave = database.prepare('DELETE FROM seats WHERE place = ? AND holder = ?');

  const stateOf = ({ bucket, perMinute }: Draw, nowMs: number) =>
    refilled(read.get(bucket) as BucketState | undefined, perMinute, nowMs);

  return {
    async take({ nowMs, draws, seats, holder, untilMs }) {
      return transaction(database, () => {
        const states = draws.map((draw) => ({ draw, state: stateOf(draw, nowMs) }));
        const seated = seats.map(({ table, max }) => {
          expire.run(table, nowMs);
          return Number(taken.get(table)?.['taken']) < max;
        });
        const granted =
          seated.every(Boolean) &&
          states.every(
            ({ draw, state }) => state.level >= neededUnits(draw.tokens, draw.perMinute),
          );
        if (!granted) {
          return {
            granted,
            left: states.map(({ state }) => state.level / UNITS_PER_TOKEN),
            seated,
          };
        }
        for (const { table } of seats) sit.run(table, holder, untilMs);
        const left = states.map(({ draw, state }) => {
          const level = state.level - draw.tokens * UNITS_PER_TOKEN;
          write.run(draw.bucket, level, state.atMs);
          return level / UNITS_PER_TOKEN;
        });
        return { granted, left, seated };
      });
    },
    async settle({ nowMs, draws, seats, holder }) {
      transaction(database, () => {
        for (const draw of draws) {
          const { level, atMs } = stateOf(draw, nowMs);
          const full = draw.perMinute * UNITS_PER_TOKEN;
          write.run(draw.bucket, Math.min(full, level + draw.tokens * UNITS_PER_TOKEN), atMs);
        }
        for (const { table } of seats) leave.run(table, holder);
      });
    },
    async renew({ seats, holder, untilMs }) {
      for (const { table } of seats) stay.run(untilMs, table, holder);
    },
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}
