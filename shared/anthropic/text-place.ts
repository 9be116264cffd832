// The role of a text in a conversation, as policies name it.

/**
 * The role of a text, as used in policies. `tools` are tool definitions; `other` is everything outside
 * the conversation, such as `metadata` and `stop_sequences`.
 */
export const TEXT_FIELD_PARTS = [
  'system',
  'user',
  'assistant',
  'tool_use',
  'tool_result',
  'document',
  'tools',
  'other',
] as const;
export type TextFieldPart = (typeof TEXT_FIELD_PARTS)[number];

export interface Place {
  readonly part: TextFieldPart;
  /** Index of the message; -1 outside of messages. */
  readonly turn: number;
}

export const OTHER: Place = { part: 'other', turn: -1 };

/** Placeholder for the list of messages; each message has its own place. */
export const MESSAGES: Place = { part: 'user', turn: -1 };

/** Places of a request's fields. */
export const PLACE_BY_FIELD: ReadonlyMap<string, Place> = new Map([
  ['system', { part: 'system', turn: -1 }],
  ['tools', { part: 'tools', turn: -1 }],
  ['messages', MESSAGES],
]);

/** Place of a message by its role; unknown roles count as the user's. */
export function placeOfMessage(role: string | undefined, turn: number): Place {
  return { part: role === 'assistant' || role === 'system' ? role : 'user', turn };
}

/** Place of a block by its type; otherwise that of its parent. */
export function placeOfBlock(type: string | undefined, parent: Place): Place {
  const part = parent.turn < 0 || type === undefined ? undefined : partOfBlock(type, parent.part);
  return part === undefined ? parent : { part, turn: parent.turn };
}

function partOfBlock(type: string, parent: TextFieldPart): TextFieldPart | undefined {
  // Everything inside a tool result is part of it.
  if (parent === 'tool_result') return undefined;
  if (type.endsWith('tool_result')) return 'tool_result';
  if (type.endsWith('tool_use')) return 'tool_use';
  return type === 'document' || type === 'search_result' ? 'document' : undefined;
}
