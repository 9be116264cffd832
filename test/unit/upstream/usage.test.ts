import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readUsage, UsageMeter } from '../../../services/upstream/usage.ts';
import { tokenUsageSchema } from '../../../shared/metering/token-usage.ts';
import { cut, cutPlaces } from '../../kit/event-texts.ts';
import { checkProperty } from '../../kit/properties.ts';

const USAGE = {
  input_tokens: 12,
  output_tokens: 34,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 6,
  service_tier: 'standard',
};

const REPORTED = { input: 12, output: 34, cacheWrite5m: 5, cacheRead: 6 };

function metered(...events: readonly (readonly [name: string, text: string])[]): UsageMeter {
  const meter = new UsageMeter();
  for (const [name, text] of events) meter.event(name, Buffer.from(text));
  return meter;
}

function eventOf(name: string, data: unknown): readonly [string, string] {
  return [name, `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`];
}

describe('a UsageMeter', () => {
  it('reads a buffered message', () => {
    const meter = new UsageMeter();
    meter.readJson(JSON.stringify({ type: 'message', stop_reason: 'end_turn', usage: USAGE }));
    expect(meter.usage()).toEqual(REPORTED);
    expect(meter.annotations()).toEqual({ stopReason: 'end_turn' });
  });

  it('reads the two events of a stream that report usage, where later numbers replace earlier ones', () => {
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
    expect(meter.usage()).toEqual(REPORTED);
    expect(meter.annotations()).toEqual({ stopReason: 'tool_use' });
  });

  it('reads the type of an error, but not its message', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'canary' } };
    const meter = new UsageMeter();
    meter.readJson(JSON.stringify(error));
    expect(meter.annotations()).toEqual({ upstreamError: 'overloaded_error' });
    expect(metered(eventOf('error', error)).annotations()).toEqual({
      upstreamError: 'overloaded_error',
    });
  });

  it('reads data over several lines, with any line ending', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const text = [
        'event: message_delta',
        'data:{"usage":',
        'data: {"output_tokens":',
        'data:7}}',
        '',
        '',
      ];
      expect(metered(['message_delta', text.join(end)]).usage()).toEqual({ output: 7 });
    }
  });

  it('does not take the count of count_tokens for usage', () => {
    const meter = new UsageMeter();
    meter.readJson('{"input_tokens":2095}');
    expect(meter.usage()).toEqual({});
  });

  it('tells cache writes for an hour from the others, and reads searches and the model', () => {
    const meter = new UsageMeter();
    const usage = {
      ...USAGE,
      cache_creation: { ephemeral_1h_input_tokens: 2 },
      server_tool_use: { web_search_requests: 3 },
    };
    meter.readJson(JSON.stringify({ model: 'claude-x', usage }));
    expect(meter.usage()).toEqual({
      ...REPORTED,
      cacheWrite5m: 3,
      cacheWrite1h: 2,
      webSearches: 3,
      model: 'claude-x',
    });
  });

  it.each([
    ['input_tokens', -9, { output: 34 }],
    ['input_tokens', 0.5, { output: 34 }],
    ['cache_creation_input_tokens', -5, { output: 34 }],
    ['output_tokens', -1e9, { input: 12, cacheWrite5m: 5, cacheRead: 6 }],
    ['cache_read_input_tokens', 1e99, { input: 12, output: 34, cacheWrite5m: 5 }],
  ])('does not believe %s of %d', (name, value, expected) => {
    const meter = new UsageMeter();
    meter.readJson(JSON.stringify({ usage: { ...USAGE, [name]: value } }));
    expect(meter.usage()).toEqual(expected);
  });

  it('does not believe more cache writes for an hour than there were in all', () => {
    const meter = new UsageMeter();
    const usage = { ...USAGE, cache_creation: { ephemeral_1h_input_tokens: 99 } };
    meter.readJson(JSON.stringify({ usage }));
    expect(meter.usage()).toMatchObject({ cacheWrite5m: 0, cacheWrite1h: 5 });
  });

  it('survives a response in any other format', () => {
    checkProperty(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const meter = metered(['message_start', `data: ${text}\n\n`], ['message_delta', text]);
        meter.readJson(text);
        expect(tokenUsageSchema.safeParse(meter.usage()).success).toBe(true);
        expect(Object.values(meter.annotations()).map((value) => typeof value)).not.toContain(
          'object',
        );
      }),
    );
    const odd = new UsageMeter();
    odd.readJson('{"usage":{"input_tokens":"many"},"stop_reason":"end_turn"}');
    expect([odd.usage(), odd.annotations()]).toEqual([{}, {}]);
  });
});

describe('readUsage', () => {
  it('relays the bytes unchanged and meters them at their end, however they are cut', async () => {
    const bytes = Buffer.from(JSON.stringify({ content: 'ü😀', usage: USAGE }));
    await checkProperty(
      fc.asyncProperty(cutPlaces, async (places) => {
        const meter = new UsageMeter();
        const chunks = cut(bytes, places);
        const passed = await Array.fromAsync(readUsage(flow(chunks), meter, { mustBeJson: false }));
        expect(passed).toEqual(chunks);
        expect(meter.usage()).toEqual(REPORTED);
      }),
    );
  });

  it('relays a body above its bound without metering it', async () => {
    const meter = new UsageMeter();
    const half = Buffer.alloc(4 * 1024 * 1024, ' ');
    const chunks = [Buffer.from(JSON.stringify({ usage: USAGE })), half, half];
    const passed = await Array.fromAsync(readUsage(flow(chunks), meter, { mustBeJson: false }));
    expect(passed.every((chunk, at) => chunk === chunks[at])).toBe(true);
    expect(passed).toHaveLength(chunks.length);
    expect(meter.usage()).toEqual({});
  });

  it('reports an incomplete JSON response as cut, however its connection ended', async () => {
    const half = readUsage(flow([Buffer.from('{"id":"msg_1","con')]), new UsageMeter(), {
      mustBeJson: true,
    });
    await expect(Array.fromAsync(half)).rejects.toMatchObject({ code: 'upstream_disconnected' });
  });
});

async function* flow(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
