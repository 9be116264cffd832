// Batched transactions while another connection holds the write lock.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  batchedTransactions,
  type BatchedTransactions,
} from '../../../../shared/store/embedded-transaction.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const WAIT_MS = 1_000;

describe('batched transactions', () => {
  let directory: string;
  let own: DatabaseSync;
  let other: DatabaseSync;
  let clock: FakeClock;
  let transactions: BatchedTransactions;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-transactions-'));
    const open = () => new DatabaseSync(join(directory, 'a.db'), { timeout: 0 });
    own = open();
    own.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER PRIMARY KEY)');
    other = open();
    clock = createFakeClock();
    transactions = batchedTransactions(() => own, { clock, waitMs: WAIT_MS });
  });
  afterEach(() => {
    own.close();
    other.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const insert = (n: number) =>
    transactions.add(() => Number(own.prepare('INSERT INTO t VALUES (?)').run(n).lastInsertRowid));
  const rows = () =>
    other
      .prepare('SELECT n FROM t ORDER BY n')
      .all()
      .map(({ n }) => Number(n));
  const pass = async (durationMs: number) => {
    for (let ms = 0; ms < durationMs; ms += 5) {
      clock.advance(5);
      await setImmediate();
    }
  };

  it('wait for the lock of another process, and run when it is released', async () => {
    other.exec('BEGIN IMMEDIATE');
    const inserted = [insert(1), insert(2)];
    await pass(WAIT_MS / 2);
    expect(rows()).toEqual([]);
    inserted.push(insert(3));
    other.exec('ROLLBACK');
    await pass(20);
    expect(await Promise.all(inserted)).toEqual([1, 2, 3]);
    expect(rows()).toEqual([1, 2, 3]);
    expect(clock.pending).toBe(0);
  });

  it('reject only what has waited for too long', async () => {
    other.exec('BEGIN IMMEDIATE');
    const early = insert(1).catch((error: unknown) => error);
    await pass(WAIT_MS - 100);
    const late = insert(2);
    await pass(200);
    expect(await early).toMatchObject({ errcode: 5 });
    other.exec('ROLLBACK');
    await pass(20);
    expect(await late).toBe(2);
    expect(rows()).toEqual([2]);
  });

  it('run at once for a reader that must see them, unless the lock is held', async () => {
    const first = insert(1);
    transactions.flush();
    expect(rows()).toEqual([1]);
    await first;
    other.exec('BEGIN IMMEDIATE');
    const second = insert(2);
    await setImmediate();
    transactions.flush();
    other.exec('ROLLBACK');
    expect(rows()).toEqual([1]);
    await pass(20);
    expect(await second).toBe(2);
  });

  it('write each step once and in order, whatever fails and whenever the lock is taken', async () => {
    const step = fc.record({
      kind: fc.constantFrom('insert', 'insert', 'fail', 'lock', 'release', 'wait'),
      waitMs: fc.integer({ min: 0, max: 30 }),
    });
    let next = 100;
    await checkProperty(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const before = rows().length;
        const order: number[] = [];
        const results: Promise<unknown>[] = [];
        const caught: unknown[] = [];
        let failures = 0;
        let expected = 0;
        let isLocked = false;
        const setLocked = (locked: boolean) => {
          if (locked !== isLocked) other.exec(locked ? 'BEGIN IMMEDIATE' : 'ROLLBACK');
          isLocked = locked;
        };
        for (const { kind, waitMs } of steps) {
          const n = (next += 1);
          if (kind === 'insert') {
            expected += 1;
            results.push(insert(n).then((row) => order.push(row)));
          } else if (kind === 'fail') {
            const failed = transactions.add(() => {
              own.prepare('INSERT INTO t VALUES (?)').run(n);
              throw new RangeError('no');
            });
            failures += 1;
            results.push(failed.catch((error: unknown) => caught.push(error)));
          } else if (kind === 'wait') await pass(waitMs);
          else setLocked(kind === 'lock');
        }
        setLocked(false);
        await pass(20);
        await Promise.all(results);
        expect(order).toEqual(order.toSorted((one, two) => one - two));
        expect(order).toHaveLength(expected);
        expect(caught.map(String)).toEqual(Array(failures).fill('RangeError: no'));
        expect(rows()).toHaveLength(before + expected);
      }),
      { runs: 60 },
    );
  });
});
