// Multi-turn conversations as clients send them: the complete history on every turn, with `cache_control`
// on the last block. The fixtures are handwritten.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fakeKey } from './fake-key.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/conversations/', import.meta.url));

type Block = Record<string, unknown>;

interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

interface Fixture {
  readonly system: unknown;
  readonly tools: unknown;
  /** The messages added by each turn. */
  readonly turns: readonly (readonly Message[])[];
}

export interface Conversation {
  readonly name: string;
  /** Request bodies, one per turn. */
  readonly bodies: readonly string[];
}

/** The cache marker of the last block. */
export const CACHE_MARKER = ',"cache_control":{"type":"ephemeral","ttl":"5m"}';

export function conversations(): Conversation[] {
  return readdirSync(FOLDER).map((file) => {
    // A key in a file would trigger repository scanners.
    const text = readFileSync(FOLDER + file, 'utf8').replaceAll(
      '{{GITLAB}}',
      fakeKey('glpat-{w20}', 3),
    );
    const { system, tools, turns } = JSON.parse(text) as Fixture;
    const bodies = turns.map((_turn, at) => {
      const messages = withCacheMarker(turns.slice(0, at + 1).flat());
      return JSON.stringify({ model: 'claude-test', max_tokens: 9, system, tools, messages });
    });
    return { name: file.replace('.json', ''), bodies };
  });
}

/** The messages with the marker on the last block, if the last message has blocks. */
function withCacheMarker(messages: readonly Message[]): Message[] {
  const last = messages.at(-1);
  const block = typeof last?.content === 'string' ? undefined : last?.content.at(-1);
  if (!last || !block || typeof last.content === 'string') return [...messages];
  const mark = { cache_control: { type: 'ephemeral', ttl: '5m' } };
  const content = [...last.content.slice(0, -1), { ...block, ...mark }];
  return [...messages.slice(0, -1), { role: last.role, content }];
}
