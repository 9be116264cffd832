// What a machine lacks for a test: said loudly, and a failure in CI, so that a test which is never
// run cannot pass for one that is.

/** Throws when `CI` is set; otherwise writes one line that cannot be overlooked. */
export function missing(what: string, why: string, cause: unknown): void {
  const message = `NOT TESTED: ${what}, as ${why}.`;
  if (process.env['CI']) throw new Error(message, { cause });
  process.stderr.write(`\n*** ${message} ***\n${String(cause)}\n\n`);
}
