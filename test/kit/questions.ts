// A question, its response and its passages, for tests of the rag stage.

import type { Passage } from '../../services/rag/passage-index/passage-index.ts';
import { passageOf, createRagHarness, type RagHarness } from './retrieval.ts';

export const LEAVE = passageOf('Everyone has 30 days of leave.');
export const SICK = passageOf('Call in before nine.', {
  documentId: 'doc_2',
  source: 'sick days.md',
});
export const QUESTION = { role: 'user', content: 'How much leave do I have?' };
export const RESPONSE = {
  role: 'assistant',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
    { type: 'text', text: '30 days.' },
  ],
};

export interface Block {
  type: string;
  text?: string;
  source?: string;
  title?: string;
  content?: unknown;
  citations?: { enabled: boolean };
}

export interface Sent {
  system?: string | Block[];
  messages: { role: string; content: string | Block[] }[];
}

export function request(messages: readonly unknown[], more: object = {}) {
  return { model: 'claude-test', max_tokens: 100, messages, ...more };
}

export async function sentBy(
  rag: RagHarness,
  ...ask: Parameters<RagHarness['ask']>
): Promise<Sent> {
  return JSON.parse((await rag.ask(...ask)).sent) as Sent;
}

export function resultsIn(sent: Sent, turn: number): Block[] {
  return blocksOf(sent.messages, turn).filter(({ type }) => type === 'search_result');
}

export async function ragFinding(
  passages: readonly Passage[],
  ...settings: Parameters<typeof createRagHarness>
): Promise<RagHarness> {
  const rag = await createRagHarness(...settings);
  rag.finds(passages);
  return rag;
}

/** The blocks of a message. */
export function blocksOf(messages: Sent['messages'], turn: number): Block[] {
  const content = messages[turn]?.content;
  return Array.isArray(content) ? content : [];
}
