/** Events of a message's stream behind which no text of an open block can come. */
export const LAST_CALLS: ReadonlySet<string> = new Set(['message_delta', 'message_stop', 'error']);
