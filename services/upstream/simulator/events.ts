// Splits a message into the events of a stream (docs: build-with-claude/streaming).

import type { Block, Message } from './message.ts';

export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Short enough to cut nearly every escape and placeholder in a tool's input. */
const INPUT_FRAGMENT_CHARS = 7;
/** Sizes of consecutive text deltas, in words. */
const GROUP_WORDS = [1, 3, 2];

/**
 * @param options.splitChars characters per text delta, instead of groups of words
 * @param options.withUnknown add an event of an unknown type
 */
export function streamEvents(
  message: Message,
  {
    splitChars,
    withUnknown,
  }: { splitChars?: number | undefined; withUnknown?: boolean | undefined },
): StreamEvent[] {
  const { stop_reason, stop_sequence, stop_details, container, usage } = message;
  return [
    { type: 'message_start', message: startMessage(message) },
    { type: 'ping' },
    ...(withUnknown ? [{ type: 'x_simulated_event', note: 'pass me on' }] : []),
    ...message.content.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: withoutContent(block) },
      ...deltas(block, splitChars).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details, container },
      usage,
    },
    { type: 'message_stop' },
  ];
}

/** Encodes an event. SDKs drop events without an `event:` line. */
export function encodeEvent(event: StreamEvent): Uint8Array {
  return new TextEncoder().encode(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function startMessage(message: Message) {
  const usage = {
    ...message.usage,
    output_tokens: Math.min(1, message.usage.output_tokens),
    output_tokens_details: { thinking_tokens: 0 },
  };
  return { ...message, content: [], stop_reason: null, stop_sequence: null, usage };
}

/** The block for `content_block_start`: properties that deltas fill are empty. */
function withoutContent(block: Block): Block {
  if (block.type === 'thinking') return { ...block, thinking: '', signature: '' };
  if (block.type === 'text') return { ...block, text: '' };
  if (block.type === 'tool_use') return { ...block, input: {} };
  return block;
}

function deltas(block: Block, splitChars: number | undefined): object[] {
  if (block.type === 'thinking') {
    const thoughts = chunks(block.thinking, splitChars);
    return [
      ...thoughts.map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block.signature },
    ];
  }
  if (block.type === 'text') {
    return chunks(block.text, splitChars).map((text) => ({ type: 'text_delta', text }));
  }
  if (block.type === 'tool_use') {
    const parts = fragments(JSON.stringify(block.input), INPUT_FRAGMENT_CHARS);
    return parts.map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  }
  return [{ type: 'x_simulated_delta', note: 'pass me on' }];
}

function chunks(text: string, splitChars: number | undefined): string[] {
  if (text === '') return [];
  return splitChars === undefined ? wordGroups(text) : fragments(text, splitChars);
}

function wordGroups(text: string): string[] {
  const words = text.split(/(?<=\s)(?=\S)/u);
  const groups: string[] = [];
  for (let at = 0; at < words.length;) {
    const size = GROUP_WORDS[groups.length % GROUP_WORDS.length] ?? 1;
    groups.push(words.slice(at, at + size).join(''));
    at += size;
  }
  return groups;
}

/** Counts code points, because UTF-8 cannot encode half a surrogate pair. */
function fragments(text: string, chars: number): string[] {
  const points = Array.from(text);
  const count = Math.ceil(points.length / chars);
  return Array.from({ length: count }, (_, index) =>
    points.slice(index * chars, (index + 1) * chars).join(''),
  );
}
