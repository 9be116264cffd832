import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageMeter } from '../../../services/upstream/usage-meter.ts';
import { SseEvent } from '../../../shared/anthropic/sse/sse-event.ts';
import { tokenUsageSchema } from '../../../shared/token-usage.ts';
import { checkProperty } from '../../kit/properties.ts';
import { transform } from '../../kit/transforms.ts';

const USAGE = {
  input_tokens: 12,
  output_tokens: 34,
  cache_creation_input_tokens: 5,
  cache_read_input_tokens: 6,
  service_tier: 'standard',
};

const REPORTED = { input: 12, output: 34, cacheWrite5m: 5, cacheRead: 6 };

function metered(...events: readonly string[]): UsageMeter {
  const meter = new UsageMeter();
  for (const text of events) meter.event(new SseEvent(Buffer.from(text)));
  return meter;
}

function meteredBuffered(body: string): UsageMeter {
  const meter = new UsageMeter();
  meter.event(new SseEvent(Buffer.from(body), 'whole'));
  return meter;
}

function eventOf(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

describe('a UsageMeter', () => {
  it('reads a buffered message', () => {
    const meter = meteredBuffered(
      JSON.stringify({ type: 'message', stop_reason: 'end_turn', usage: USAGE }),
    );
    expect(meter.usage()).toEqual(REPORTED);
    expect(meter.annotations()).toEqual({ stopReason: 'end_turn' });
  });

  it('reads the two events of a stream that report usage, whose counts are cumulative', () => {
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

  it('estimates what was streamed where the upstream counts nothing', () => {
    const zero = { input_tokens: 0, output_tokens: 0 };
    const delta = (text: string) =>
      eventOf('content_block_delta', {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'text_delta', text },
      });
    const start = (output: number) =>
      eventOf('message_start', { message: { usage: { ...zero, output_tokens: output } } });
    const end = eventOf('message_delta', { usage: zero });
    for (const output of [0, 1]) {
      const { output: estimate, ...others } = metered(
        start(output),
        ...Array.from({ length: 50 }, () => delta('a word. ')),
        end,
      ).usage();
      expect(others).toEqual({ isEstimated: true });
      expect(estimate).toBeGreaterThan(90);
      expect(estimate).toBeLessThan(130);
    }
    const whole = eventOf('content_block_start', {
      content_block: { type: 'text', text: 'x'.repeat(400) },
    });
    expect(metered(start(0), whole, end).usage()).toEqual({ output: 100, isEstimated: true });
    expect(metered(start(1), end).usage()).toEqual({ input: 0, output: 1 });
  });

  it('estimates what was written into a buffered message, likewise', () => {
    const content = [{ type: 'text', text: 'x'.repeat(400) }];
    const usage = { output_tokens: 0 };
    const whole = (fields: object) => meteredBuffered(JSON.stringify({ usage, ...fields })).usage();
    expect(whole({ content })).toEqual({ output: 100, isEstimated: true });
    expect(whole({ content: [] })).toEqual({ output: 0 });
  });

  it('reads the usage beside a field that makes no sense', () => {
    const odd = { usage: USAGE, delta: 5, stop_reason: [], error: 'x', model: 7 };
    expect(meteredBuffered(JSON.stringify(odd)).usage()).toEqual(REPORTED);
  });

  it('reads the type of an error, but not its message', () => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'canary' } };
    const meter = meteredBuffered(JSON.stringify(error));
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
      expect(metered(text.join(end)).usage()).toEqual({ output: 7 });
    }
  });

  it('does not take the count of count_tokens for usage', () => {
    const meter = meteredBuffered('{"input_tokens":2095}');
    expect(meter.usage()).toEqual({});
  });

  it('tells cache writes for an hour from the others, and reads searches and the model', () => {
    const usage = {
      ...USAGE,
      cache_creation: { ephemeral_1h_input_tokens: 2 },
      server_tool_use: { web_search_requests: 3 },
    };
    const meter = meteredBuffered(JSON.stringify({ model: 'claude-x', usage }));
    expect(meter.usage()).toEqual({
      ...REPORTED,
      cacheWrite5m: 3,
      cacheWrite1h: 2,
      webSearches: 3,
      model: 'claude-x',
    });
  });

  it.each([
    ['input_tokens', -9, { output: 34, cacheWrite5m: 5, cacheRead: 6 }],
    ['input_tokens', '9 tokens', { output: 34, cacheWrite5m: 5, cacheRead: 6 }],
    ['cache_creation_input_tokens', -5, { input: 12, output: 34, cacheRead: 6 }],
    ['output_tokens', -1e9, { input: 12, cacheWrite5m: 5, cacheRead: 6 }],
    ['cache_read_input_tokens', 1e99, { input: 12, output: 34, cacheWrite5m: 5 }],
  ])('does not believe %s of %s, but all other counts', (name, value, expected) => {
    const meter = meteredBuffered(JSON.stringify({ usage: { ...USAGE, [name]: value } }));
    expect(meter.usage()).toEqual(expected);
  });

  it('reads usage beside the message, and at the end of a stream', () => {
    const usage = { input_tokens: 7, output_tokens: 9 };
    const start = eventOf('message_start', { message: { content: [] }, usage });
    expect(metered(start).usage()).toEqual({ input: 7, output: 9 });
    expect(metered(eventOf('message_stop', { usage })).usage()).toEqual({ input: 7, output: 9 });
  });

  it('survives a response in any other format', () => {
    checkProperty(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const stream = metered(`event: message_start\ndata: ${text}\n\n`, text);
        for (const meter of [stream, meteredBuffered(text)]) {
          expect(tokenUsageSchema.safeParse(meter.usage()).success).toBe(true);
          expect(Object.values(meter.annotations()).map((value) => typeof value)).not.toContain(
            'object',
          );
        }
      }),
    );
    const odd = meteredBuffered('{"usage":{"input_tokens":"many"},"stop_reason":"end_turn"}');
    expect([odd.usage(), odd.annotations()]).toEqual([{}, { stopReason: 'end_turn' }]);
  });

  it('relays a body unchanged, and does not read one above its bound', async () => {
    const body = Buffer.from(JSON.stringify({ content: 'ü😀', usage: USAGE }));
    const half = Buffer.alloc(4 * 1024 * 1024, ' ');
    for (const [chunks, read] of [
      [[body.subarray(0, 14), body.subarray(14)], REPORTED],
      [[body, half, half], {}],
    ] as const) {
      const meter = new UsageMeter();
      const { text } = await transform([meter], chunks, { isStream: false });
      expect(text === Buffer.concat(chunks).toString()).toBe(true);
      expect(meter.usage()).toEqual(read);
    }
  });
});
