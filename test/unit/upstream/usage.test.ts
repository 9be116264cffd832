import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage, UsageMeter } from '../../../services/upstream/usage.ts';
import { cut, cutPlaces } from '../../kit/event-texts.ts';
import { checkProperty } from '../../kit/properties.ts';

const USAGE = {
  input_tokens: 12,
  output_tokens: 34,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 6,
  service_tier: 'standard',
};

const ANNOTATIONS = {
  inputTokens: 12,
  outputTokens: 34,
  cacheCreationTokens: 5,
  cacheReadTokens: 6,
};

function metered(...events: readonly (readonly [name: string, text: string])[]): UsageMeter {
  const meter = new UsageMeter();
  for (const [name, text] of events) meter.event(name, Buffer.from(text));
  return meter;
}

function eventOf(name: string, data: unknown): readonly [string, string] {
  return [name, `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`];
}

describe('a UsageMeter', () => {
  it('reads a whole message', () => {
    const meter = new UsageMeter();
    meter.reply(JSON.stringify({ type: 'message', stop_reason: 'end_turn', usage: USAGE }));
    expect(meter.annotations()).toEqual({ ...ANNOTATIONS, stopReason: 'end_turn' });
  });

  it('reads the two events of a stream that tell it, the later numbers counting', () => {
    const meter = metered(
      eventOf('message_start', {
        message: { stop_reason: null, usage: { ...USAGE, output_tokens: 1 } },
      }),
      eventOf('content_block_delta', { usage: { output_tokens: 99 } }),
      eventOf('message_delta', {
        delta: { stop_reason: 'tool_use' },
        usage: { output_tokens: 34 },
      }),
    );
    expect(meter.annotations()).toEqual({ ...ANNOTATIONS, stopReason: 'tool_use' });
  });

  it('reads the type of an error, and nothing of its words', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'canary' } };
    const meter = new UsageMeter();
    meter.reply(JSON.stringify(error));
    expect(meter.annotations()).toEqual({ upstreamError: 'overloaded_error' });
    expect(metered(eventOf('error', error)).annotations()).toEqual({
      upstreamError: 'overloaded_error',
    });
  });

  it('reads data over several lines, in any framing', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = [
        'event: message_delta',
        'data:{"usage":',
        'data: {"output_tokens":',
        'data:7}}',
        '',
        '',
      ];
      expect(metered(['message_delta', text.join(end)]).annotations()).toEqual({ outputTokens: 7 });
    }
  });

  it('reads the count of count_tokens as nothing', () => {
    const meter = new UsageMeter();
    meter.reply('{"input_tokens":2095}');
    expect(meter.annotations()).toEqual({});
  });

  it('takes no harm from an answer of another shape', () => {
    checkProperty(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const meter = metered(['message_start', `data: ${text}\n\n`], ['message_delta', text]);
        meter.reply(text);
        expect(Object.values(meter.annotations()).map((note) => typeof note)).not.toContain(
          'object',
        );
      }),
    );
    const odd = new UsageMeter();
    odd.reply('{"usage":{"input_tokens":"many"},"stop_reason":"end_turn"}');
    expect(odd.annotations()).toEqual({});
  });
});

describe('readUsage', () => {
  it('passes the bytes on as they are and reads them at their end, for every cut', async () => {
    const bytes = Buffer.from(JSON.stringify({ content: 'ü😀', usage: USAGE }));
    await checkProperty(
      fc.asyncProperty(cutPlaces, async (places) => {
        const meter = new UsageMeter();
        const chunks = cut(bytes, places);
        const passed = await Array.fromAsync(readUsage(flow(chunks), meter, { whole: false }));
        expect(passed).toEqual(chunks);
        expect(meter.annotations()).toEqual(ANNOTATIONS);
      }),
    );
  });

  it('passes a body above its bound on unread', async () => {
    const meter = new UsageMeter();
    const half = Buffer.alloc(4 * 1024 * 1024, ' ');
    const chunks = [Buffer.from(JSON.stringify({ usage: USAGE })), half, half];
    const passed = await Array.fromAsync(readUsage(flow(chunks), meter, { whole: false }));
    expect(passed.every((chunk, at) => chunk === chunks[at])).toBe(true);
    expect(passed).toHaveLength(chunks.length);
    expect(meter.annotations()).toEqual({});
  });

  it('calls a JSON reply cut when it is not all there, however its connection ended', async () => {
    const half = readUsage(flow([Buffer.from('{"id":"msg_1","con')]), new UsageMeter(), {
      whole: true,
    });
    await expect(Array.fromAsync(half)).rejects.toMatchObject({ code: 'upstream_disconnected' });
  });
});

async function* flow(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
