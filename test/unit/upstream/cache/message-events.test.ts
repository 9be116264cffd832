// Converting a message to a stream and building it from a stream are inverse.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageBuilder } from '../../../../services/upstream/cache/message-builder.ts';
import { eventsOf } from '../../../../services/upstream/cache/message-events.ts';
import { SseEvent } from '../../../../shared/anthropic/sse/sse-event.ts';
import { checkProperty } from '../../../kit/properties.ts';

function built(events: Iterable<string>): string | undefined {
  const builder = new MessageBuilder();
  for (const text of events) builder.event(new SseEvent(Buffer.from(text)));
  return builder.message;
}

function event(type: string, fields: object = {}): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

const START = event('message_start', {
  message: {
    id: 'msg_1',
    type: 'message',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
});
const OPEN = event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
const DELTA = event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hi' } });
const CLOSE = event('content_block_stop', { index: 0 });
const END = event('message_delta', {
  delta: { stop_reason: 'end_turn' },
  usage: { output_tokens: 5 },
});
const STOP = event('message_stop');
const STREAM = [START, event('ping'), OPEN, DELTA, CLOSE, END, STOP];

describe('a message built from a stream', () => {
  it('has the content and usage of the stream', () => {
    expect(JSON.parse(built(STREAM) ?? '')).toEqual({
      id: 'msg_1',
      type: 'message',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 9, output_tokens: 5 },
    });
  });

  it('keeps the raw JSON of numbers and tool inputs', () => {
    const tool = { type: 'tool_use', id: 't', name: 'T', input: {} };
    const json = (text: string) =>
      event('content_block_delta', {
        index: 0,
        delta: { type: 'input_json_delta', partial_json: text },
      });
    const start = START.replace('"output_tokens":1', '"output_tokens":12345678901234567890');
    const message = built([
      start,
      event('content_block_start', { index: 0, content_block: tool }),
      json('{"n": 1.0,'),
      json('"big":12345678901234567890}'),
      CLOSE,
      END.replace('"output_tokens":5', '"other":1.50'),
      STOP,
    ]);
    expect(message).toContain('"input":{"n": 1.0,"big":12345678901234567890}');
    expect(message).toContain('"output_tokens":12345678901234567890,"other":1.50');
  });

  it.each([
    ['without its end', STREAM.slice(0, -1)],
    ['without its start', STREAM.slice(1)],
    ['with a block that is not closed', [START, OPEN, DELTA, END, STOP]],
    ['with a delta outside a block', [START, DELTA, END, STOP]],
    [
      'with an unknown delta',
      [START, OPEN, DELTA.replace('text_delta', 'new_delta'), CLOSE, END, STOP],
    ],
    ['with an unknown event', [START, event('from_the_future'), OPEN, DELTA, CLOSE, END, STOP]],
    ['with an error', [START, OPEN, event('error', { error: {} }), CLOSE, END, STOP]],
    ['with an event after its end', [...STREAM, DELTA]],
    ['with blocks out of order', [START, OPEN.replace('"index":0', '"index":1'), CLOSE, END, STOP]],
    ['with invalid data', [START, 'event: content_block_stop\ndata: {"index"\n\n', END, STOP]],
    ['without events', []],
  ])('does not exist for a stream %s', (_, events) => {
    expect(built(events)).toBeUndefined();
  });
});

describe('a message converted to a stream', () => {
  const text = fc.string({ unit: 'grapheme' });
  const block = fc.oneof(
    text.map((words) => ({ type: 'text', text: words })),
    fc
      .record({ words: text, citations: fc.array(fc.jsonValue(), { minLength: 1, maxLength: 3 }) })
      .map(({ words, citations }) => ({ type: 'text', text: words, citations })),
    fc
      .record({ thinking: text, signature: text })
      .map((fields) => ({ type: 'thinking', ...fields })),
    fc
      .dictionary(text, fc.jsonValue())
      .map((input) => ({ type: 'tool_use', id: 't', name: 'T', input })),
    fc.jsonValue().map((data) => ({ type: 'from_the_future', data })),
    fc.constant({ type: 'redacted_thinking', data: 'x' }),
  );
  const message = fc
    .record({
      content: fc.array(block, { maxLength: 5 }),
      stop_reason: fc.constantFrom('end_turn', 'tool_use'),
      stop_sequence: fc.constantFrom(null, 'X'),
      usage: fc.dictionary(fc.constantFrom('input_tokens', 'output_tokens'), fc.nat()),
    })
    .map((fields) => ({ id: 'msg_1', type: 'message', role: 'assistant', ...fields }));

  it('can be rebuilt from its events', () => {
    checkProperty(
      fc.property(message, fc.constantFrom(undefined, 2), (original, indent) => {
        const json = JSON.stringify(original, undefined, indent);
        expect(JSON.parse(built(eventsOf(json)) ?? '')).toEqual(JSON.parse(json));
      }),
    );
  });

  it('is well formed', () => {
    const json =
      '{"type":"message","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{}}';
    expect([...eventsOf(json)].join('')).toBe(
      [
        event('message_start', {
          message: { type: 'message', content: [], stop_reason: null, usage: {} },
        }),
        OPEN,
        DELTA,
        CLOSE,
        event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: {} }),
        STOP,
      ].join(''),
    );
  });
});
