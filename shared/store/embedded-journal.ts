// The settlement journal in the data directory: one file of lines for each process. A lock that ends with
// its process tells the files of running processes from those that were left.

import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import {
  journalLine,
  readJournalLine,
  type SettlementJournal,
} from '../metering/settlement-journal.ts';
import type { Settlement } from '../metering/quotas.ts';
import type { Clock } from '../runtime/clock.ts';
import { makeFolder } from '../runtime/make-folder.ts';
import { explained, isBusy, makePrivate } from './embedded-database.ts';

export interface JournalOptions {
  /** Created if it does not exist. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: {
    /** Size at which the file is written anew, without what was removed. */
    readonly bytesMax: number;
    /** Pause after a failed write. */
    readonly retryMs: number;
  };
  /** The journal cannot be written; called once until it can. */
  readonly onFault: (error: unknown) => void;
  /** A file of an earlier process had lines that cannot be read; it is kept. */
  readonly onDamaged: (facts: { readonly path: string; readonly lines: number }) => void;
  readonly onRecovered: (facts: { readonly records: number }) => void;
}

const SUFFIX = '.jsonl';
/** Lines written at once: less than 1 MB, and a few ms to serialise. */
const BATCH = 500;

export class EmbeddedJournal implements SettlementJournal {
  readonly #options: JournalOptions;
  readonly #name = randomUUID();
  readonly #live = new Set<Settlement>();
  #unwritten: Settlement[] = [];
  #lock: Disposable | undefined;
  #file: FileHandle | undefined;
  #bytes = 0;
  readonly #inFlight = new Set<Promise<void>>();
  #fault: unknown;
  #writing: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  #retry: (() => void) | undefined;
  #isClosed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#live.size;
  }

  /** Creates the file; a fault is reported, and tried again with the first settlement. */
  async start(): Promise<void> {
    await this.#work();
  }

  add(settlement: Settlement): void {
    if (settlement.entry === undefined || this.#live.has(settlement)) return;
    this.#live.add(settlement);
    const isWaiting = this.#writing !== undefined || this.#fault !== undefined;
    if (this.#file && !isWaiting && this.#bytes <= this.#options.limits.bytesMax) {
      return this.#writeOne(this.#file, settlement);
    }
    this.#unwritten.push(settlement);
    if (this.#retry === undefined) void this.#work();
  }

  remove(settlement: Settlement): void {
    if (!this.#live.delete(settlement)) return;
    if (this.#live.size === 0 && this.#retry === undefined) void this.#work();
  }

  async flush(): Promise<void> {
    await Promise.all(this.#inFlight);
    await this.#work();
    if (this.#fault !== undefined) throw this.#fault;
    await this.#file?.datasync();
  }

  async recover(book: (settlement: Settlement) => Promise<boolean>): Promise<void> {
    const { directory, onFault } = this.#options;
    const names = await readdir(directory).catch(() => []);
    for (const name of names) {
      if (!name.endsWith(SUFFIX) || name === `${this.#name}${SUFFIX}`) continue;
      try {
        await this.#recoverFile(join(directory, name), book);
      } catch (error) {
        onFault(error);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#retry?.();
    await this.#writing;
    await Promise.all(this.#inFlight);
    await this.#syncing;
    await this.#file?.close();
    if (this.#live.size === 0 && this.#lock) {
      await rm(this.#path(), { force: true });
      await rm(lockPath(this.#path()), { force: true });
    }
    this.#lock?.[Symbol.dispose]();
  }

  #path(): string {
    return join(this.#options.directory, `${this.#name}${SUFFIX}`);
  }

  /** Hands the line to the system at once, however busy the event loop is. */
  #writeOne(file: FileHandle, settlement: Settlement): void {
    const bytes = Buffer.from(lineOf(settlement));
    this.#bytes += bytes.length;
    const written = file
      .write(bytes)
      .then(({ bytesWritten }) => {
        if (bytesWritten < bytes.length) throw new Error('the journal took a part of a line');
        this.#sync();
      })
      .catch((error: unknown) => {
        this.#unwritten.push(settlement);
        this.#failed(error);
      })
      .finally(() => this.#inFlight.delete(written));
    this.#inFlight.add(written);
  }

  /** Writes what could not be written at once; one writer at a time. */
  async #work(): Promise<void> {
    if (this.#isClosed) return;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#unwritten.length > 0 && this.#retry === undefined) void this.#work();
    });
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      await this.#open();
      do await this.#writeSome();
      while (this.#unwritten.length > 0);
      this.#fault = undefined;
      this.#sync();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#fault === undefined) this.#options.onFault(error);
    this.#fault = error;
    if (this.#isClosed) return;
    this.#retry ??= this.#options.clock.after(this.#options.limits.retryMs, () => {
      this.#retry = undefined;
      if (this.#live.size > 0) void this.#work();
    });
  }

  async #open(): Promise<void> {
    if (this.#file) return;
    const { directory } = this.#options;
    makeFolder(directory);
    this.#lock ??= lockOf(this.#path());
    this.#file = await open(this.#path(), 'a', 0o600);
  }

  async #writeSome(): Promise<void> {
    if (this.#bytes > 0 && this.#live.size === 0) {
      await this.#file?.truncate(0);
      this.#bytes = 0;
    }
    if (this.#bytes > this.#options.limits.bytesMax) await this.#startAnew();
    const batch = this.#unwritten.slice(0, BATCH);
    const left = batch.filter((one) => this.#live.has(one));
    const bytes = Buffer.from(left.map(lineOf).join(''));
    if (left.length > 0) await this.#file?.appendFile(bytes);
    this.#bytes += bytes.length;
    // More may have been added meanwhile.
    this.#unwritten.splice(0, batch.length);
  }

  /** Writes the settlements that are left into a new file, which replaces the old one. */
  async #startAnew(): Promise<void> {
    await Promise.all(this.#inFlight);
    const draft = `${this.#path()}.new`;
    const file = await open(draft, 'w', 0o600);
    try {
      const unwritten = new Set(this.#unwritten);
      const left = [...this.#live].filter((one) => !unwritten.has(one));
      this.#bytes = 0;
      for (let at = 0; at < left.length; at += BATCH) {
        const bytes = Buffer.from(
          left
            .slice(at, at + BATCH)
            .map(lineOf)
            .join(''),
        );
        await file.appendFile(bytes);
        this.#bytes += bytes.length;
      }
      await rename(draft, this.#path());
    } finally {
      await file.close();
    }
    await this.#file?.close();
    this.#file = await open(this.#path(), 'a', 0o600);
  }

  /** Against power failures; the end of a process loses nothing that was written. */
  #sync(): void {
    this.#syncing ??= this.#file
      ?.datasync()
      .catch((error: unknown) => this.#options.onFault(error))
      .finally(() => (this.#syncing = undefined));
  }

  async #recoverFile(path: string, book: (settlement: Settlement) => Promise<boolean>) {
    const lock = tryLock(path);
    if (!lock) return;
    try {
      const { records, damaged, isComplete } = await bookFile(path, book);
      if (!isComplete) return;
      if (damaged > 0) {
        await rename(path, `${path}.damaged`);
        this.#options.onDamaged({ path: `${path}.damaged`, lines: damaged });
      } else await rm(path);
      await rm(lockPath(path), { force: true });
      if (records > 0) this.#options.onRecovered({ records });
    } finally {
      lock[Symbol.dispose]();
    }
  }
}

/** Begins with the end of a line, in case that an earlier write was torn. */
function lineOf(settlement: Settlement): string {
  return `\n${journalLine(settlement, crc32)}`;
}

async function bookFile(path: string, book: (settlement: Settlement) => Promise<boolean>) {
  await using file = await open(path, 'r');
  let records = 0;
  let damaged = 0;
  for await (const line of file.readLines()) {
    if (line === '') continue;
    const settlement = readJournalLine(line, crc32);
    if (!settlement) damaged += 1;
    else if (await book(settlement)) records += 1;
    else return { records, damaged, isComplete: false };
  }
  return { records, damaged, isComplete: true };
}

function lockPath(path: string): string {
  return `${path.slice(0, -SUFFIX.length)}.lock`;
}

/** SQLite's file lock, which the system releases however the process ends. The file stays empty. */
function lockOf(path: string): Disposable {
  const opened = new DisposableStack();
  try {
    const database = new DatabaseSync(lockPath(path), { timeout: 0 });
    opened.defer(() => database.close());
    // Without a rollback journal, locking needs no space.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    makePrivate(lockPath(path));
    return opened;
  } catch (error) {
    opened.dispose();
    throw explained(error, path);
  }
}

/** `undefined` while the process that writes it is running. */
function tryLock(path: string): Disposable | undefined {
  try {
    return lockOf(path);
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  }
}
