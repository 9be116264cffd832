// Reads the newest user message. Claude Code wraps the prompt in `<system-reminder>` blocks and may add a
// system message after it, and llmp passages of documents; all of these are skipped.

import { withoutPassages } from './passages.ts';
import type { ContentBlock, Conversation } from './request.ts';

export interface Turn {
  /** The user's text blocks, joined by line breaks. */
  readonly text: string;
  /** The tool results, if the message has any. */
  readonly toolResult?: string;
}

export function latestTurn({ messages }: Conversation): Turn {
  const content = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const all = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  const blocks = withoutPassages(all);
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const text = textsOf(blocks)
    .filter((each) => !each.trimStart().startsWith('<system-reminder>'))
    .join('\n');
  if (results.length === 0) return { text };
  return { text, toolResult: results.map(resultText).join('\n') };
}

function resultText(result: ContentBlock): string {
  const content = result['content'];
  if (typeof content === 'string') return content;
  return Array.isArray(content) ? textsOf(content).join('\n') : '';
}

function textsOf(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
}
