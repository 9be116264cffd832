const OPENING = '<system-reminder>';
const CLOSING = '</system-reminder>';

/** `[start, end)` in UTF-16 code units. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly isReminder: boolean;
}

/**
 * Splits a user's text into the reminders that Claude Code inserts and the text around them. Returns
 * at least one segment; an unclosed reminder is text.
 */
export function reminderSegments(value: string): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (;;) {
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
