/** Stream events after which no text of an open block can follow. */
export const CLOSING_EVENTS: ReadonlySet<string> = new Set([
  'message_delta',
  'message_stop',
  'error',
]);
