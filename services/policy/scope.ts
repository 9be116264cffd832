// What a rule's scope means in a request: which of its texts belong to the latest turn, and which part
// of a user's text is not the user's but a reminder that Claude Code put there.

import { textMember, member } from '../../shared/json-splice.ts';
import type { Span } from '../../shared/json-scan.ts';
import type { Place } from '../../shared/leaves.ts';
import { reminderSegments, type Segment } from '../../shared/reminders.ts';

/**
 * Index of the first message of the latest turn: what follows the model's last word. An answer that
 * the client has begun, at the very end, belongs to the turn it answers.
 */
export function latestTurn(text: string, root: Span): number {
  const messages = member(root, text, 'messages');
  if (messages?.kind !== 'array') return 0;
  const isModels = messages.items.map((item) => textMember(item, text, 'role') === 'assistant');
  const asked = isModels.lastIndexOf(false);
  return asked < 0 ? 0 : isModels.lastIndexOf(true, asked) + 1;
}

/**
 * The stretches of a user's text, in its order. Only of a text that the user's client wrote itself: in
 * what a tool brought, a reminder is a forgery.
 */
export function segmentsOf(value: string, { part }: Place): Segment[] {
  if (part === 'user') return reminderSegments(value);
  return [{ start: 0, end: value.length, isReminder: false }];
}
