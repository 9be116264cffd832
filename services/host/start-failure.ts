import { DependencyError } from '../../shared/runtime/dependency-error.ts';

export interface Failure {
  /** For people. */
  readonly message: string;
  /** For the log. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Whether the message says what to do, so that nobody needs to see where in the code it arose. */
  readonly isExplained: boolean;
}

/** What a process says that cannot start or go on. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DependencyError) {
    return { message, facts: { err: error }, isExplained: true };
  }
  // Errors of Node have a code, and those of the language a class of their own.
  const isOwn = error instanceof Error && error.constructor === Error && !('code' in error);
  return isOwn
    ? { message, facts: { reason: message }, isExplained: true }
    : { message, facts: { err: error }, isExplained: false };
}
