/** The command line is invalid; the message says why on one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A group of commands was named without a command; the message is its help. */
export class MissingCommand extends Error {
  override readonly name = 'MissingCommand';
}
