/** Stored part of an error message. */
export const ERROR_CHARS_MAX = 500;

/** One short line from the error's message; stacks and causes may quote the job's content. */
export function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message.toWellFormed().replaceAll(/\s+/g, ' ').trim();
  if (text.length <= ERROR_CHARS_MAX) return text || 'the handler failed without a reason';
  return `${text.slice(0, ERROR_CHARS_MAX - 1).toWellFormed()}…`;
}
