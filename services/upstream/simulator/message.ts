// Composes the complete response message; streams are split from it, so both forms are equal. Only
// `max_tokens: 0` (cache pre-warming) has an effect, because a demo should echo in full.

import { createHash } from 'node:crypto';
import { placeholderPattern } from '../../../shared/privacy/placeholders.ts';
import { randomText } from '../../../shared/runtime/ids.ts';
import type { Directives } from './directives.ts';
import { passagesIn } from './passages.ts';
import { estimateInputTokens, type MessagesRequest } from './request.ts';
import type { Turn } from './turn.ts';

export type Block =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: object; caller: { type: 'direct' } }
  | { type: 'x_simulated_block'; note: string };

type Stop = 'end_turn' | 'max_tokens' | 'stop_sequence' | 'tool_use';

export type Message = ReturnType<typeof composeMessage>;

const WHERE_RECEIVED =
  '(That is what left llmp and reached the simulator, with dots in place of underscores so that it stays as it is. Above, llmp has put your values back.)';
const HELLO = 'Hello! I am the built-in simulator, there is no model behind me.';
const WORDS = 'one small step after another the quiet river carries its words to the sea'.split(
  ' ',
);

/** Composes the response to a turn. Equal requests get equal responses, except for random ids. */
export function composeMessage(request: MessagesRequest, turn: Turn, directives: Directives) {
  const { text, stopSequence } = cutAtStop(
    responseText(request, turn, directives),
    request.stop_sequences,
  );
  const content: Block[] = [];
  let stop: Stop = request.max_tokens === 0 ? 'max_tokens' : 'end_turn';
  if (stop !== 'max_tokens') {
    if (wantsThinking(request)) content.push(thinkingBlock(request, turn));
    if (text !== '') content.push({ type: 'text', text });
    if (stopSequence !== null) {
      stop = 'stop_sequence';
    } else if (directives.tool !== undefined) {
      content.push(toolBlock(directives.tool, directives.input ?? {}));
      stop = 'tool_use';
    }
    if (directives.unknown) content.push({ type: 'x_simulated_block', note: 'pass me on' });
  }
  return {
    id: `msg_sim_${randomText(24)}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content,
    stop_reason: stop,
    stop_sequence: stop === 'stop_sequence' ? stopSequence : null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: usageOf(request, content),
  };
}

function responseText(request: MessagesRequest, turn: Turn, directives: Directives): string {
  const { text, words, tool, show } = directives;
  if (text !== undefined) return text;
  if (words !== undefined) return someWords(words);
  if (tool !== undefined) return '';
  if (show === 'request')
    return `I received:\n${keptPlaceholders(JSON.stringify(request, null, 2))}`;
  const passages = passagesIn(request);
  if (show === 'passages') return passagesText(passages);
  const received = turn.toolResult ?? turn.text;
  const isEmpty = turn.toolResult === undefined && turn.text.trim() === '';
  const echo = isEmpty ? HELLO : `${saidBy(turn)}: ${received || '(nothing)'}`;
  if (show === 'echo' || isEmpty) return echo;
  const kept = keptPlaceholders(received);
  const parts = [echo];
  if (show === 'received' || kept !== received)
    parts.push(`I received: ${kept}\n${WHERE_RECEIVED}`);
  if (passages.length > 0) parts.push(`With ${passagesText(passages.map(headOf))}`);
  return parts.join('\n\n');
}

function saidBy({ toolResult }: Turn): string {
  return toolResult === undefined ? 'You said' : 'The tool said';
}

function passagesText(passages: readonly string[]): string {
  if (passages.length === 0) return 'no passages of documents.';
  const count = `${passages.length} passage${passages.length === 1 ? '' : 's'} of documents`;
  return `${count}:\n${passages.map(keptPlaceholders).join('\n')}`;
}

/** The first line of a passage: its number, title and source. */
function headOf(passage: string): string {
  return passage.slice(0, passage.indexOf('\n'));
}

/** Spells placeholders so that they are told apart from restored values, and no gateway restores them. */
function keptPlaceholders(text: string): string {
  return text.replace(placeholderPattern(), (placeholder) => placeholder.replaceAll('_', '·'));
}

function someWords(count: number): string {
  return Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length]).join(' ');
}

/** Cuts before the first stop sequence. */
function cutAtStop(text: string, sequences: readonly string[] | null | undefined) {
  let cut: { text: string; stopSequence: string | null } = { text, stopSequence: null };
  for (const sequence of sequences ?? []) {
    const at = sequence === '' ? -1 : cut.text.indexOf(sequence);
    if (at >= 0) cut = { text: text.slice(0, at), stopSequence: sequence };
  }
  return cut;
}

function wantsThinking({ thinking }: MessagesRequest): boolean {
  return thinking?.type === 'enabled' || thinking?.type === 'adaptive';
}

/** Repeats the user's first words, so that tests can check text inside thinking. */
function thinkingBlock({ thinking, model }: MessagesRequest, turn: Turn): Block {
  const opening = (turn.toolResult ?? turn.text).split(/\s+/, 30).join(' ').trim();
  const thought = `I was given: ${opening || 'nothing'}. I shall simply repeat it.`;
  return {
    type: 'thinking',
    thinking: thinking?.display === 'omitted' ? '' : thought,
    signature: createHash('sha512').update(`${model}\n${thought}`).digest('base64'),
  };
}

function toolBlock(name: string, input: object): Block {
  const id = `toolu_sim_${randomText(24)}`;
  return { type: 'tool_use', id, name, input, caller: { type: 'direct' } };
}

function usageOf(request: MessagesRequest, content: readonly Block[]) {
  return {
    input_tokens: estimateInputTokens(request),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens(content),
    output_tokens_details: {
      thinking_tokens: outputTokens(content.filter(({ type }) => type === 'thinking')),
    },
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: 'not_available',
    speed: 'standard',
  };
}

function outputTokens(content: readonly Block[]): number {
  return content.length === 0 ? 0 : Math.ceil(JSON.stringify(content).length / 4);
}
