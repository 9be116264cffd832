// Converts a message to the events of a stream, with as few deltas as possible.

import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property, textProperty } from '../../../shared/json/edit.ts';
import { literalOf, withProperties } from './json-object.ts';

/** Fields that a stream sends in `message_delta`. */
const END_FIELDS = ['stop_reason', 'stop_sequence', 'stop_details', 'container'];

/** By block type: the properties sent in deltas, with their delta type. */
const DELTAS: Readonly<Record<string, readonly (readonly [property: string, type: string])[]>> = {
  text: [['text', 'text_delta']],
  thinking: [
    ['thinking', 'thinking_delta'],
    ['signature', 'signature_delta'],
  ],
};

/** @param message JSON of a message from a non-streaming response */
export function* eventsOf(message: string): Generator<string> {
  const root = tryScanJson(message);
  const content = root && property(root, message, 'content');
  const blocks = content?.kind === 'array' ? content.items : [];
  const end = END_FIELDS.flatMap((name): [string, string][] => {
    const literal = literalOf(root, message, name);
    return literal === undefined ? [] : [[name, literal]];
  });
  const nulls = Object.fromEntries(end.map(([name]) => [name, 'null']));
  const start = withProperties(message, { content: '[]', ...nulls });
  yield event('message_start', `"message":${start}`);
  for (const [index, block] of blocks.entries()) yield* blockEvents(message, block, index);
  const delta = `{${end.map(([name, literal]) => `"${name}":${literal}`).join(',')}}`;
  const usage = literalOf(root, message, 'usage') ?? '{}';
  yield event('message_delta', `"delta":${delta},"usage":${usage}`);
  yield event('message_stop');
}

function* blockEvents(message: string, block: JsonNode, index: number): Generator<string> {
  const json = message.slice(block.start, block.end);
  const type = textProperty(block, message, 'type') ?? '';
  const at = `"index":${index}`;
  const start = (literals: Record<string, string>) =>
    event('content_block_start', `${at},"content_block":${withProperties(json, literals)}`);
  const delta = (kind: string, name: string, literal: string) =>
    event('content_block_delta', `${at},"delta":{"type":"${kind}","${name}":${literal}}`);
  const texts = (DELTAS[type] ?? []).flatMap(([name, kind]) => {
    const literal = literalOf(block, message, name);
    return literal === undefined ? [] : [{ name, kind, literal }];
  });
  if (type.endsWith('tool_use')) {
    yield start({ input: '{}' });
    const input = literalOf(block, message, 'input') ?? '{}';
    yield delta('input_json_delta', 'partial_json', JSON.stringify(input));
  } else {
    const citations = property(block, message, 'citations');
    const cited = citations?.kind === 'array' ? citations.items : [];
    const empty = Object.fromEntries(texts.map(({ name }) => [name, '""']));
    yield start({ ...empty, ...(cited.length > 0 ? { citations: '[]' } : {}) });
    for (const { start: from, end } of cited) {
      yield delta('citations_delta', 'citation', message.slice(from, end));
    }
    for (const { name, kind, literal } of texts) yield delta(kind, name, literal);
  }
  yield event('content_block_stop', at);
}

function event(name: string, fields = ''): string {
  const data = `{"type":"${name}"${fields === '' ? '' : ','}${fields}}`;
  return `event: ${name}\ndata: ${data.replaceAll('\n', ' ').replaceAll('\r', ' ')}\n\n`;
}
