// One SQLite file of the store. No operation blocks its thread while another process holds a lock. A file
// that cannot be written, as on a full disk, is read as it is until it can be written again; so is one that
// was deleted, until a file is in its place.

import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import {
  explained,
  fileIdOf,
  isUnwritable,
  openUnwritable,
  openWithoutWaiting,
} from './embedded-database.ts';
import {
  batchedTransactions,
  untilNotBusy,
  type BatchedTransactions,
  type BusyOptions,
} from './embedded-transaction.ts';

/** How often a file is looked for, and opened again if it could not be written. */
const REOPEN_MS = 500;

export interface FileOptions<Tables> extends BusyOptions {
  readonly path: string;
  /** Settings of the connection. */
  readonly pragmas?: string;
  /** Creates what is missing; writes nothing to a complete file. */
  readonly create: (database: DatabaseSync) => void;
  readonly prepare: (database: DatabaseSync) => Tables;
}

interface Opened<Tables> {
  readonly database: DatabaseSync;
  readonly tables: Tables;
  readonly fileId: string | undefined;
}

export class EmbeddedFile<Tables> implements Disposable {
  readonly #options: FileOptions<Tables>;
  readonly #transactions: BatchedTransactions;
  #opened: Opened<Tables> | undefined;
  /** Why the file cannot be written. */
  #fault: unknown;
  #retryAtMs = 0;
  #isClosed = false;

  /** @throws When the file does not exist and cannot be created, or is no database. */
  constructor(options: FileOptions<Tables>) {
    this.#options = options;
    this.#transactions = batchedTransactions(() => this.#writable().database, options);
    try {
      this.#opened = this.#open(options.waitMs);
    } catch (error) {
      const { path } = options;
      if (!isUnwritable(error) || !existsSync(path)) throw explained(error, path);
      this.#opened = this.#openUnwritable(error);
      this.#fault = error;
      this.#retryAtMs = options.clock.monotonic() + REOPEN_MS;
    }
  }

  /** Sees all earlier writes, except those that wait for a lock. */
  read<T>(run: (tables: Tables) => T): Promise<T> {
    this.#transactions.flush();
    return this.#explain(untilNotBusy(() => run(this.#readable().tables), this.#options));
  }

  /** Runs in a transaction, together with others that come at the same time. */
  write<T>(run: (tables: Tables) => T): Promise<T> {
    return this.#explain(this.#transactions.add(() => run(this.#writable().tables)));
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    if (this.#opened?.database.isOpen) this.#opened.database.close();
  }

  #readable(): Opened<Tables> {
    this.#reopen();
    if (!this.#opened || this.#isClosed) throw new Error('the store is closed');
    return this.#opened;
  }

  #writable(): Opened<Tables> {
    const opened = this.#readable();
    if (this.#fault !== undefined) throw this.#fault;
    return opened;
  }

  #reopen(): void {
    const { clock, path } = this.#options;
    if (this.#isClosed || clock.monotonic() < this.#retryAtMs) return;
    this.#retryAtMs = clock.monotonic() + REOPEN_MS;
    try {
      const fileId = fileIdOf(path);
      if (fileId === undefined) throw missingFile(path);
      if (this.#fault === undefined && fileId === this.#opened?.fileId) return;
      const opened = this.#open(0);
      this.#opened?.database.close();
      this.#opened = opened;
      this.#fault = undefined;
    } catch (error) {
      this.#fault = error;
    }
  }

  #open(waitMs: number): Opened<Tables> {
    const { path, pragmas = '', create, prepare } = this.#options;
    const database = openWithoutWaiting(path, waitMs, (created) => {
      created.exec(pragmas);
      // Takes the write lock only if something is missing.
      created.exec('BEGIN');
      try {
        create(created);
        created.exec('COMMIT');
      } finally {
        if (created.isTransaction) created.exec('ROLLBACK');
      }
    });
    return { database, tables: prepare(database), fileId: fileIdOf(path) };
  }

  #openUnwritable(fault: unknown): Opened<Tables> {
    const { path, prepare } = this.#options;
    try {
      const database = openUnwritable(path);
      return { database, tables: prepare(database), fileId: fileIdOf(path) };
    } catch {
      throw explained(fault, path);
    }
  }

  async #explain<T>(result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      throw explained(error, this.#options.path);
    }
  }
}

/** What is written to a deleted file is lost when it is closed. */
function missingFile(path: string): Error {
  return Object.assign(new Error(`${path} is missing`), { code: 'ENOENT' });
}
