// Reports what a machine lacks for a test. Fails in CI, so that skipped tests do not pass unnoticed.

/** Throws if `CI` is set; otherwise prints one conspicuous line. */
export function missing(what: string, why: string, cause: unknown): void {
  const message = `NOT TESTED: ${what}, because ${why}.`;
  if (process.env['CI']) throw new Error(message, { cause });
  process.stderr.write(`\n*** ${message} ***\n${String(cause)}\n\n`);
}
