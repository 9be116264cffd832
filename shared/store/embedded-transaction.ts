// SQLite transactions, single and batched.

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../runtime/clock.ts';
import { isBusy } from './embedded-database.ts';

/** Pause between two attempts to take a lock that another process holds; jitter adds up to as much. */
const BUSY_PAUSE_MS = 5;

/** Takes the write lock first, so that nothing it reads can change before it writes. */
export function transaction<T>(database: DatabaseSync, run: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = run();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has rolled back already after some errors, such as a full disk.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

export interface BusyOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  /** How long an operation waits for the locks of other processes. */
  readonly waitMs: number;
}

export interface BatchedTransactions {
  add<T>(run: () => T): Promise<T>;
  /** Runs the steps that wait for their turn, but not those that wait for a lock. */
  flush(): void;
}

interface Step {
  /** Runs inside a transaction; returns a function to call after the commit. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
  readonly sinceMs: number;
}

/**
 * Runs all steps of one event loop turn in a single transaction, since a commit costs more than its
 * rows. When a step throws, each step runs again in its own transaction, so only that one rejects.
 * While another process holds the write lock, all wait in their order, and the thread stays free.
 */
export function batchedTransactions(
  database: () => DatabaseSync,
  { clock, waitMs }: BusyOptions,
): BatchedTransactions {
  let waiting: Step[] = [];
  let isScheduled = false;
  let isLockedOut = false;

  /** Those that have waited for too long are rejected; the others are tried again. */
  const wait = (steps: readonly Step[], error: unknown) => {
    const oldestMs = clock.monotonic() - waitMs;
    for (const { sinceMs, reject } of steps) if (sinceMs <= oldestMs) reject(error);
    waiting = [...steps.filter(({ sinceMs }) => sinceMs > oldestMs), ...waiting];
    isLockedOut = waiting.length > 0;
    if (!isLockedOut) return;
    isScheduled = true;
    clock.after(busyPauseMs(), runAll);
  };

  const runAll = () => {
    isScheduled = isLockedOut = false;
    const steps = waiting;
    waiting = [];
    if (steps.length === 0) return;
    try {
      const resolvers = transaction(database(), () => steps.map(({ run }) => run()));
      for (const resolve of resolvers) resolve();
    } catch (error) {
      if (isBusy(error)) wait(steps, error);
      else runEach(steps);
    }
  };

  const runEach = (steps: readonly Step[]) => {
    for (const [at, { run, reject }] of steps.entries()) {
      try {
        transaction(database(), run)();
      } catch (error) {
        if (isBusy(error)) return wait(steps.slice(at), error);
        reject(error);
      }
    }
  };

  const add = <T>(run: () => T) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (!isScheduled) setImmediate(runAll);
    isScheduled = true;
    waiting.push({
      run: () => {
        const result = run();
        return () => resolve(result);
      },
      reject,
      sinceMs: clock.monotonic(),
    });
    return promise;
  };
  const flush = () => {
    if (waiting.length > 0 && !isLockedOut) runAll();
  };
  return { add, flush };
}

/** Runs `run` again while another process holds a lock that it needs. */
export function untilNotBusy<T>(run: () => T, { clock, waitMs }: BusyOptions): Promise<T> {
  const untilMs = clock.monotonic() + waitMs;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const attempt = () => {
    try {
      resolve(run());
    } catch (error) {
      if (isBusy(error) && clock.monotonic() < untilMs) clock.after(busyPauseMs(), attempt);
      else reject(error);
    }
  };
  attempt();
  return promise;
}

function busyPauseMs(): number {
  return BUSY_PAUSE_MS * (1 + Math.random());
}
