// The jobs of the embedded queue in SQLite. A worker leases a job and renews the lease while it runs; an
// expired lease frees the job. Bytes are in another table, as SQLite rewrites a row on every update.

import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../store/embedded-transaction.ts';
import type { Content } from './embedded-contents.ts';
import type { JobData, JobStatus, NewJob } from './queue.ts';

export interface Claim {
  readonly id: string;
  readonly data: JobData;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Unique to this attempt. */
  readonly holder: string;
  readonly content?: Content;
}

/** Methods that take a claim do nothing and return false once its lease is lost. */
export interface EmbeddedJobs {
  /** Claims `content` in the same step; false when a job of that id is waiting or active. */
  add(job: NewJob, nowMs: number, content?: Content): boolean;
  /** Leases the job that is due first to `holder` until `untilMs`. */
  claim(holder: string, nowMs: number, untilMs: number): Claim | undefined;
  /** When the next job is due; `undefined` when there is none. */
  nextDueMs(): number | undefined;
  renew(claim: Claim, untilMs: number): boolean;
  progress(claim: Claim, share: number): boolean;
  done(claim: Claim): boolean;
  /** Returns the job to the queue, due at `dueMs`. */
  release(claim: Claim, dueMs: number, error?: string): boolean;
  fail(claim: Claim, nowMs: number, error: string): boolean;
  status(id: string): JobStatus | undefined;
  failed(limit: number): JobStatus[];
  retry(id: string, nowMs: number): boolean;
  remove(id: string, nowMs: number): boolean;
}

/** `due_ms`: when a waiting job may start, when an active one's lease ends, when a failed one failed. */
export const JOBS_TABLE = `
  CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL, state TEXT NOT NULL,
    progress REAL NOT NULL, attempts INTEGER NOT NULL, error TEXT, due_ms REAL NOT NULL, holder TEXT,
    content TEXT, size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (state = 'failed', due_ms, seq);
`;

const STATUS = 'id, data, state, progress, attempts, error';

export interface JobOptions {
  readonly triesMax: number;
  readonly failedKept: number;
  /** Assigns bytes to the job inside the transaction that adds it. */
  readonly claimContent: (content: Content, nowMs: number) => boolean;
  /** Called after transactions that may have deleted jobs and so orphaned their bytes. */
  readonly onDelete: () => void;
}

export function openEmbeddedJobs(database: DatabaseSync, options: JobOptions): EmbeddedJobs {
  const { triesMax, failedKept, claimContent, onDelete } = options;
  const inTransaction = <T>(run: () => T): T => {
    const result = transaction(database, run);
    onDelete();
    return result;
  };
  const insert = database.prepare(`
    INSERT INTO jobs (id, data, state, progress, attempts, due_ms, content, size)
    VALUES (?, ?, 'waiting', 0, 0, ?, ?, ?)
  `);
  const byId = database.prepare(`SELECT ${STATUS} FROM jobs WHERE id = ?`);
  const first = database.prepare(`
    SELECT id, data, attempts, due_ms, content, size FROM jobs WHERE (state = 'failed') = 0
    ORDER BY due_ms, seq LIMIT 1
  `);
  const lease = database.prepare(`
    UPDATE jobs SET state = 'active', attempts = attempts + 1, holder = ?, due_ms = ? WHERE id = ?
  `);
  const renew = database.prepare('UPDATE jobs SET due_ms = ? WHERE id = ? AND holder = ?');
  const setProgress = database.prepare('UPDATE jobs SET progress = ? WHERE id = ? AND holder = ?');
  const finish = database.prepare('DELETE FROM jobs WHERE id = ? AND holder = ?');
  const giveUp = database.prepare(`
    UPDATE jobs SET state = ?, due_ms = ?, error = coalesce(?, error), holder = NULL
    WHERE id = ? AND holder IS ?
  `);
  const failLost = database.prepare(`
    UPDATE jobs SET state = 'failed', due_ms = ?, error = ?, holder = NULL WHERE id = ?
  `);
  const failed = database.prepare(`
    SELECT ${STATUS} FROM jobs WHERE (state = 'failed') = 1 ORDER BY due_ms, seq LIMIT ?
  `);
  const surplus = database.prepare(`
    SELECT id FROM jobs WHERE (state = 'failed') = 1 ORDER BY due_ms DESC, seq DESC LIMIT -1 OFFSET ?
  `);
  const restart = database.prepare(`
    UPDATE jobs SET state = 'waiting', progress = 0, attempts = 0, error = NULL, due_ms = ?
    WHERE id = ? AND state = 'failed'
  `);
  const remove = database.prepare(
    `DELETE FROM jobs WHERE id = ? AND (state <> 'active' OR due_ms <= ?)`,
  );

  const trim = (nowMs: number) => {
    for (const row of surplus.all(failedKept)) remove.run(String(row['id']), nowMs);
  };

  return {
    add: ({ id, data }, nowMs, content) =>
      inTransaction(() => {
        const existing = byId.get(id);
        if (existing && existing['state'] !== 'failed') return false;
        if (existing) remove.run(id, nowMs);
        if (content && !claimContent(content, nowMs))
          throw new Error('the bytes took too long to arrive');
        insert.run(id, JSON.stringify(data), nowMs, content?.token ?? null, content?.size ?? 0);
        return true;
      }),
    claim(holder, nowMs, untilMs) {
      // Checked without the write lock first, as there is usually nothing to do.
      if (Number(first.get()?.['due_ms'] ?? Infinity) > nowMs) return undefined;
      return inTransaction(() => {
        for (let row = first.get(); row && Number(row['due_ms']) <= nowMs; row = first.get()) {
          const id = String(row['id']);
          const attempts = Number(row['attempts']);
          if (attempts < triesMax) {
            lease.run(holder, untilMs, id);
            return claimOf(row, holder);
          }
          // Every attempt ended with the loss of its process.
          failLost.run(nowMs, 'the process that worked on it was lost', id);
          trim(nowMs);
        }
        return undefined;
      });
    },
    nextDueMs() {
      const row = first.get();
      return row && Number(row['due_ms']);
    },
    renew: ({ id, holder }, untilMs) => renew.run(untilMs, id, holder).changes > 0,
    progress: ({ id, holder }, share) => setProgress.run(share, id, holder).changes > 0,
    done: ({ id, holder }) => inTransaction(() => finish.run(id, holder).changes > 0),
    release: ({ id, holder }, dueMs, error) =>
      giveUp.run('waiting', dueMs, error ?? null, id, holder).changes > 0,
    fail: ({ id, holder }, nowMs, error) =>
      inTransaction(() => {
        if (giveUp.run('failed', nowMs, error, id, holder).changes === 0) return false;
        trim(nowMs);
        return true;
      }),
    status(id) {
      const row = byId.get(id);
      return row && statusOf(row);
    },
    failed: (limit) => failed.all(limit).map(statusOf),
    retry: (id, nowMs) => restart.run(nowMs, id).changes > 0,
    remove: (id, nowMs) => inTransaction(() => remove.run(id, nowMs).changes > 0),
  };
}

/** @param row The job as it was before the claim. */
function claimOf(row: Record<string, unknown>, holder: string): Claim {
  const { content } = row;
  return {
    id: String(row['id']),
    data: JSON.parse(String(row['data'])) as JobData,
    attempt: Number(row['attempts']) + 1,
    holder,
    ...(typeof content === 'string'
      ? { content: { token: content, size: Number(row['size']) } }
      : {}),
  };
}

function statusOf(row: Record<string, unknown>): JobStatus {
  const { error } = row;
  return {
    id: String(row['id']),
    data: JSON.parse(String(row['data'])) as JobData,
    state: row['state'] as JobStatus['state'],
    progress: Number(row['progress']),
    attempts: Number(row['attempts']),
    ...(typeof error === 'string' ? { error } : {}),
  };
}
