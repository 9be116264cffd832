import type { JsonNode } from '../../shared/json/parse.ts';
import { property, stringAt, textProperty } from '../../shared/json/edit.ts';
import { reminderSegments } from '../../shared/anthropic/reminders.ts';

/** The user's own words in a message, without tool results and reminders; `undefined` if there are none. */
export function questionOf(text: string, message: JsonNode): string | undefined {
  if (textProperty(message, text, 'role') !== 'user') return undefined;
  const content = property(message, text, 'content');
  const words = wordsOf(text, content).map(withoutReminders).filter(Boolean).join('\n');
  return words === '' ? undefined : words;
}

/** The texts of a message; empty if it carries tool results, which no user typed. */
function wordsOf(text: string, content: JsonNode | undefined): string[] {
  if (content?.kind === 'string') return [stringAt(text, content)];
  if (content?.kind !== 'array') return [];
  const types = content.items.map((block) => textProperty(block, text, 'type') ?? '');
  if (types.some((type) => type.endsWith('tool_result'))) return [];
  return content.items.flatMap((block, at) =>
    types[at] === 'text' ? (textProperty(block, text, 'text') ?? []) : [],
  );
}

function withoutReminders(words: string): string {
  return reminderSegments(words)
    .filter(({ isReminder }) => !isReminder)
    .map(({ start, end }) => words.slice(start, end))
    .join('')
    .trim();
}
