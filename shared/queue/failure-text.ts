import { limits } from '../limits.ts';

/** One short line from the error's message; stacks and causes may quote the job's content. */
export function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message.toWellFormed().replaceAll(/\s+/g, ' ').trim();
  const { errorCharsMax } = limits.queue;
  if (text.length <= errorCharsMax) return text || 'the handler failed without a reason';
  return `${text.slice(0, errorCharsMax - 1).toWellFormed()}…`;
}
