// The driver interface of the Postgres index, small enough to run on PGlite too.

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement with values for $1, $2 … */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface Sql extends AsyncDisposable {
  /** `host:port` for messages; absent for an in-process database. */
  readonly address?: string;
  /** Rejects with the signal's reason on abort and cancels the statement on the server. */
  query(text: string, values: readonly unknown[], signal: AbortSignal): Promise<Row[]>;
  /** Commits when `run` resolves and rolls back when it rejects. */
  transaction<T>(run: (query: Query) => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** One write statement, which may wait for others and build a vector index. */
export const WRITE_MS = 600_000;

/** For work that is never cancelled. */
export const NEVER_ABORTED = new AbortController().signal;

/** Whether the table does not exist: the collection was never written, or was dropped. */
export function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01';
}
