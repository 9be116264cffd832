// pino with a strict error serializer: kind, code and stack. It drops messages of foreign errors,
// because parsers and libraries quote their input.

import { pino, type DestinationStream, type Logger } from 'pino';
import { DependencyError } from './runtime/dependency-error.ts';
import { LlmpError } from './errors.ts';

export type Log = Logger;

/** @param level a pino level @param destination defaults to standard output */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = { level, base: null, serializers: { err: errorFacts } };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * Logs to standard output, buffered and asynchronous to avoid a system call per line. Call `flush`
 * before the process exits.
 */
export function createOutputLog(level: string): { readonly log: Log; readonly flush: () => void } {
  const output = pino.destination({ sync: false, minLength: 12_288, periodicFlush: 200 });
  return { log: createLog(level, output), flush: () => output.flushSync() };
}

/** The loggable facts of a thrown value, with up to four levels of causes. */
export function errorFacts(
  thrown: unknown,
  depth = 0,
  // The message of a `DependencyError` says what is wrong and what to do.
  hasStack = !(thrown instanceof DependencyError),
): Record<string, unknown> {
  if (!(thrown instanceof Error)) return { kind: typeof thrown };
  const frames = thrown.stack?.split('\n').filter((line) => line.startsWith('    at '));
  return {
    kind: thrown.name,
    ...labelsOf(thrown),
    ...(hasSafeMessage(thrown) ? { message: thrown.message } : {}),
    ...(hasStack ? { stack: frames?.slice(0, 8).map((line) => line.trim()) } : {}),
    ...(thrown.cause === undefined || depth > 3
      ? {}
      : {
          cause: errorFacts(
            thrown.cause,
            depth + 1,
            hasStack && !(thrown.cause instanceof DependencyError),
          ),
        }),
  };
}

/** Errors with messages from this code base, which quote no input. */
function hasSafeMessage(error: Error): boolean {
  return error instanceof LlmpError || error instanceof DependencyError;
}

/** Error properties that are safe to log: codes, system calls, bus subjects and server names. */
const LABELS = ['code', 'syscall', 'operation', 'subject', 'component', 'address', 'setting'];

function labelsOf(error: Error): Record<string, string> {
  const facts = Object.entries(error).filter(
    (fact): fact is [string, string] => LABELS.includes(fact[0]) && typeof fact[1] === 'string',
  );
  return Object.fromEntries(facts);
}
