// The little that the Postgres index needs of a driver, so that it can also run on PGlite.

export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement with values for $1, $2 … */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface Sql extends AsyncDisposable {
  /** `host:port`, for messages; a database in this process has none. */
  readonly address?: string;
  /** Rejects with the signal's reason as soon as it aborts, and has the server stop. */
  query(text: string, values: readonly unknown[], signal: AbortSignal): Promise<Row[]>;
  /** Commits when `run` resolves, and rolls back when it rejects. */
  transaction<T>(run: (query: Query) => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** For what nobody takes back. */
export const NEVER = new AbortController().signal;

/** Whether a table was not there: its collection was never written, or is dropped. */
export function isUndefinedTable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42P01';
}
