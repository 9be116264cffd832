// What a rule's scope means in a request: which of its texts belong to the latest turn, and which part
// of a user's text is not the user's but a reminder that Claude Code put there.

import type { Range } from '../../shared/detect/detector.ts';
import { textMember, member } from '../../shared/json-splice.ts';
import type { Span } from '../../shared/json-scan.ts';
import type { Place } from '../../shared/leaves.ts';

const OPENING = '<system-reminder>';
const CLOSING = '</system-reminder>';

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

export interface Segment extends Range {
  readonly isReminder: boolean;
}

/**
 * The stretches of a user's text, in its order. Only of a text that the user's client wrote itself: in
 * what a tool brought, a reminder is a forgery.
 */
export function segmentsOf(value: string, { part }: Place): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (part === 'user') {
    const start = value.indexOf(OPENING, at);
    const end = start < 0 ? -1 : value.indexOf(CLOSING, start + OPENING.length);
    if (end < 0) break;
    if (start > at) segments.push({ start: at, end: start, isReminder: false });
    at = end + CLOSING.length;
    segments.push({ start, end: at, isReminder: true });
  }
  if (at < value.length || segments.length === 0) {
    segments.push({ start: at, end: value.length, isReminder: false });
  }
  return segments;
}
