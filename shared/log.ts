// The log: pino, one JSON object a line. What may be logged is decided in `events.ts`; here only how
// an error is written: its kind, code and place, never the message of an error that is not ours, as
// parsers and libraries quote the text they choke on.

import { pino, type DestinationStream, type Logger } from 'pino';
import { DependencyError } from './runtime/dependency-error.ts';
import { LlmpError } from './errors.ts';

export type Log = Logger;

/** `level` as pino names them; `destination` defaults to standard output. */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, serializers: { err: errorFacts } };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * A log to standard output, written in the background and in pieces: a system call for each line
 * would hold up every request. `flush` must be called before the process ends.
 */
export function createOutputLog(level: string): { readonly log: Log; readonly flush: () => void } {
  const output = pino.destination({ sync: false, minLength: 4_096, periodicFlush: 200 });
  return { log: createLog(level, output), flush: () => output.flushSync() };
}

/** What of a thrown value may be written down. Causes are followed a few levels deep. */
export function errorFacts(thrown: unknown, depth = 0): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { kind: typeof thrown };
  const frames = thrown.stack?.split('\n').filter((line) => line.startsWith('    at '));
  return {
    kind: thrown.name,
    ...named(thrown, LABELS),
    ...(isOurs(thrown) ? { message: thrown.message } : {}),
    stack: frames?.slice(0, 8).map((line) => line.trim()),
    ...(thrown.cause === undefined || depth > 3
      ? {}
      : { cause: errorFacts(thrown.cause, depth + 1) }),
  };
}

/** Errors whose messages are written by us, for people. */
function isOurs(error: Error): boolean {
  return error instanceof LlmpError || error instanceof DependencyError;
}

/** Labels on errors: codes, system calls, bus subjects, and which server it was. */
const LABELS = ['code', 'syscall', 'operation', 'subject', 'component', 'address', 'setting'];

function named(error: Error, names: readonly string[]): Record<string, string> {
  const facts = Object.entries(error).filter(
    (fact): fact is [string, string] => names.includes(fact[0]) && typeof fact[1] === 'string',
  );
  return Object.fromEntries(facts);
}
