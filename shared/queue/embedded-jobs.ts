// The jobs of the embedded queue in SQLite. Whoever works on a job holds it under a name of its own
// until a time that it moves on while it works; when that time has passed, the job is free again.
// Bytes lie elsewhere, as SQLite writes a row anew with each change of it.

import type { DatabaseSync } from 'node:sqlite';
import { transaction } from '../store/embedded-transaction.ts';
import type { Content } from './embedded-contents.ts';
import type { JobData, JobStatus, NewJob } from './queue.ts';

export interface Claim {
  readonly id: string;
  readonly data: JobData;
  /** 1 in the first try. */
  readonly attempt: number;
  /** The name under which the job is held, of this try alone. */
  readonly holder: string;
  readonly content?: Content;
}

/** Each changes nothing, and says false, where the job is no longer held under the claim's name. */
export interface EmbeddedJobs {
  /** False where a job of that id waits or is held. `content` is made the job's in the same step. */
  add(job: NewJob, nowMs: number, content?: Content): boolean;
  /** The job that is due first, from now on held by `holder` until `untilMs`. */
  claim(holder: string, nowMs: number, untilMs: number): Claim | undefined;
  /** When a job will be due next; undefined when none waits. */
  nextDueMs(): number | undefined;
  renew(claim: Claim, untilMs: number): boolean;
  progress(claim: Claim, share: number): boolean;
  done(claim: Claim): boolean;
  /** Puts a held job back, to be tried again at `dueMs`. */
  release(claim: Claim, dueMs: number, error?: string): boolean;
  fail(claim: Claim, nowMs: number, error: string): boolean;
  status(id: string): JobStatus | undefined;
  failed(limit: number): JobStatus[];
  retry(id: string, nowMs: number): boolean;
  remove(id: string, nowMs: number): boolean;
}

/** `due_ms` is when a waiting job may start, when a held one is free, and when a failed one failed. */
export const JOBS_TABLE = `
  CREATE TABLE IF NOT EXISTS jobs (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL, state TEXT NOT NULL,
    progress REAL NOT NULL, attempts INTEGER NOT NULL, error TEXT, due_ms REAL NOT NULL, holder TEXT,
    content TEXT, size INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS jobs_by_due ON jobs (state = 'failed', due_ms, seq);
`;

const STATUS = 'id, data, state, progress, attempts, error';

export interface JobTerms {
  readonly triesMax: number;
  readonly failedKept: number;
  /** Makes bytes a job's, inside the step that adds it. */
  readonly name: (content: Content, nowMs: number) => boolean;
  /** Told after steps that may have deleted jobs, whose bytes are stray then. */
  readonly orphaned: () => void;
}

export function openEmbeddedJobs(database: DatabaseSync, terms: JobTerms): EmbeddedJobs {
  const { triesMax, failedKept, name, orphaned } = terms;
  const inOneStep = <T>(run: () => T): T => {
    const result = transaction(database, run);
    orphaned();
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
  const take = database.prepare(`
    UPDATE jobs SET state = 'active', attempts = attempts + 1, holder = ?, due_ms = ? WHERE id = ?
  `);
  const renew = database.prepare('UPDATE jobs SET due_ms = ? WHERE id = ? AND holder = ?');
  const advance = database.prepare('UPDATE jobs SET progress = ? WHERE id = ? AND holder = ?');
  const forget = database.prepare('DELETE FROM jobs WHERE id = ? AND holder = ?');
  const leave = database.prepare(`
    UPDATE jobs SET state = ?, due_ms = ?, error = coalesce(?, error), holder = NULL
    WHERE id = ? AND holder IS ?
  `);
  const lost = database.prepare(`
    UPDATE jobs SET state = 'failed', due_ms = ?, error = ?, holder = NULL WHERE id = ?
  `);
  const failed = database.prepare(`
    SELECT ${STATUS} FROM jobs WHERE (state = 'failed') = 1 ORDER BY due_ms, seq LIMIT ?
  `);
  const surplus = database.prepare(`
    SELECT id FROM jobs WHERE (state = 'failed') = 1 ORDER BY due_ms DESC, seq DESC LIMIT -1 OFFSET ?
  `);
  const again = database.prepare(`
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
      inOneStep(() => {
        const there = byId.get(id);
        if (there && there['state'] !== 'failed') return false;
        if (there) remove.run(id, nowMs);
        if (content && !name(content, nowMs)) throw new Error('the bytes took too long to arrive');
        insert.run(id, JSON.stringify(data), nowMs, content?.token ?? null, content?.size ?? 0);
        return true;
      }),
    claim(holder, nowMs, untilMs) {
      // Looked at without the write lock first: most times there is nothing to do.
      if (Number(first.get()?.['due_ms'] ?? Infinity) > nowMs) return undefined;
      return inOneStep(() => {
        for (let row = first.get(); row && Number(row['due_ms']) <= nowMs; row = first.get()) {
          const id = String(row['id']);
          const attempts = Number(row['attempts']);
          if (attempts < triesMax) {
            take.run(holder, untilMs, id);
            return claimOf(row, holder);
          }
          // Its workers died of it, or with it, each time.
          lost.run(nowMs, 'the process that worked on it was lost', id);
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
    progress: ({ id, holder }, share) => advance.run(share, id, holder).changes > 0,
    done: ({ id, holder }) => inOneStep(() => forget.run(id, holder).changes > 0),
    release: ({ id, holder }, dueMs, error) =>
      leave.run('waiting', dueMs, error ?? null, id, holder).changes > 0,
    fail: ({ id, holder }, nowMs, error) =>
      inOneStep(() => {
        if (leave.run('failed', nowMs, error, id, holder).changes === 0) return false;
        trim(nowMs);
        return true;
      }),
    status(id) {
      const row = byId.get(id);
      return row && statusOf(row);
    },
    failed: (limit) => failed.all(limit).map(statusOf),
    retry: (id, nowMs) => again.run(nowMs, id).changes > 0,
    remove: (id, nowMs) => inOneStep(() => remove.run(id, nowMs).changes > 0),
  };
}

/** As the row was before the claim. */
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
