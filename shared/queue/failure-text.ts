// What of a failed try is kept and shown: a short text on one line. It is made of the error's message
// alone, as stacks and causes may quote what the handler was working on.

import { limits } from '../limits.ts';

export function failureText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message.toWellFormed().replaceAll(/\s+/g, ' ').trim();
  const { errorCharsMax } = limits.queue;
  if (text.length <= errorCharsMax) return text || 'the handler failed without a reason';
  return `${text.slice(0, errorCharsMax - 1).toWellFormed()}…`;
}
