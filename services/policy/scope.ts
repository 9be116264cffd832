// What a rule's scope means in a request: which of its texts belong to the latest turn.

import { textProperty, property } from '../../shared/json/edit.ts';
import type { JsonNode } from '../../shared/json/parse.ts';

/**
 * Index of the first message of the latest turn: what follows the model's last word. An answer that
 * the client has begun, at the very end, belongs to the turn it answers.
 */
export function latestTurn(text: string, root: JsonNode): number {
  const messages = property(root, text, 'messages');
  if (messages?.kind !== 'array') return 0;
  const isModels = messages.items.map((item) => textProperty(item, text, 'role') === 'assistant');
  const asked = isModels.lastIndexOf(false);
  return asked < 0 ? 0 : isModels.lastIndexOf(true, asked) + 1;
}
