import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompleteResponse } from '../../../../services/upstream/response/complete-response.ts';
import type { SseEvent } from '../../../../shared/anthropic/sse/sse-event.ts';
import { cut, cutEverywhere, cutPlaces, eventText, LINE_ENDS } from '../../../kit/event-texts.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { transform } from '../../../kit/transforms.ts';

const DELTA = 'event: content_block_delta\ndata: {"n":1}\n\n';
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
const ERROR = 'event: error\ndata: {"type":"error"}\n\n';

const STREAM = { status: 200, headers: ['content-type', 'text/event-stream'] };

interface Relayed {
  readonly chunks: readonly string[];
  readonly text: string;
  readonly names: readonly string[];
  /** The code of the error it threw, if any. */
  readonly error: string | undefined;
}

async function relay(
  sent: Iterable<Uint8Array | string>,
  eventBytesMax = 1_000_000,
): Promise<Relayed> {
  const names: string[] = [];
  const watch = {
    event(event: SseEvent) {
      if (event.kind === 'event') names.push(event.name);
      return event;
    },
  };
  const transforms = [new CompleteResponse(STREAM), watch];
  const { error, ...passed } = await transform(transforms, sent, { eventBytesMax });
  return { ...passed, names, error: (error as { code: string } | undefined)?.code };
}

describe.each(Object.entries(LINE_ENDS))('a stream with %s line ends', (_, ends) => {
  const stream = eventText(ends);
  const withLineEnds = (text: string) => text.replaceAll('\n', ends[0] ?? '');

  it('passes every byte, in chunks that end between events, for every cut', async () => {
    const marks = fc.constantFrom('', '\ufeff');
    await checkProperty(
      fc.asyncProperty(stream, stream, marks, cutPlaces, async (before, after, mark, places) => {
        const first = withLineEnds(mark + DELTA);
        const events = [first, ...before.events, withLineEnds(STOP), ...after.events];
        const bytes = Buffer.from(events.join(''));
        const { chunks, text, names, error } = await relay(cut(bytes, places));
        expect(error).toBeUndefined();
        expect(text).toBe(bytes.toString());
        expect(names).toEqual([
          'content_block_delta',
          ...before.names,
          'message_stop',
          ...after.names,
        ]);
        const borders = new Set(runningBytes(events));
        expect(runningBytes(chunks).filter((border) => !borders.has(border))).toEqual([]);
      }),
    );
  });

  it('throws upstream_disconnected and passes no partial event, wherever the stream breaks off', async () => {
    await checkProperty(
      fc.asyncProperty(stream, fc.nat(), cutPlaces, async ({ events, names }, length, places) => {
        fc.pre(!names.includes('error'));
        const bytes = Buffer.from(events.join(''));
        const received = bytes.subarray(0, length % (bytes.byteLength + 1));
        const { text, error } = await relay(cut(received, places));
        expect(error).toBe('upstream_disconnected');
        expect(received.toString().startsWith(text)).toBe(true);
        const borders = runningBytes(events).filter((border) => border <= received.byteLength);
        // A final lone CR counts as a line end, because nothing follows it.
        const lastByte = received.at(-1) === 0x0d ? [received.byteLength] : [];
        expect([borders.at(-1) ?? 0, ...lastByte]).toContain(Buffer.byteLength(text));
      }),
    );
  });
});

describe('a stream', () => {
  it('passes each event as soon as it is complete', async () => {
    const { chunks } = await relay(cutEverywhere(Buffer.from(DELTA + STOP)));
    expect(chunks).toEqual([DELTA, STOP]);
  });

  it('passes events of one chunk in one chunk', async () => {
    const { chunks, names } = await relay([`${DELTA}${DELTA}${STOP}`]);
    expect(chunks).toEqual([DELTA + DELTA + STOP]);
    expect(names).toEqual(['content_block_delta', 'content_block_delta', 'message_stop']);
  });

  it.each([
    ['message_stop', STOP],
    ['error', ERROR],
    ['an error with its data first', 'data: {"type":"error"}\nevent: error\n\n'],
    ['an error after a byte order mark', `\ufeff${ERROR}`],
    ['message_stop with CR', STOP.replaceAll('\n', '\r')],
    ['message_stop whose last line end lacks its LF', 'event: message_stop\r\ndata: 1\r\n\r'],
    ['message_stop and bytes after it', `${STOP}: goodbye`],
  ])('accepts a stream that ends with %s', async (_, end) => {
    const { text, error } = await relay([DELTA, end]);
    expect({ text, error }).toEqual({ text: DELTA + end, error: undefined });
  });

  it.each([
    ['nothing', ''],
    ['another event', DELTA],
    ['half of a message_stop', STOP.slice(0, -1)],
    ['a message_stop only in its data', 'data: {"type":"message_stop"}\n\n'],
  ])('throws upstream_disconnected after %s', async (_, end) => {
    const { text, error } = await relay([DELTA, end]);
    expect(error).toBe('upstream_disconnected');
    expect((DELTA + end).startsWith(text) && text.endsWith('\n\n')).toBe(true);
  });

  it('throws the error of its source after the events before it', async () => {
    const broken = await transform([new CompleteResponse(STREAM)], [DELTA + DELTA.slice(0, 5)], {
      breaks: true,
    });
    expect(broken.chunks).toEqual([DELTA]);
    expect(broken.error).toMatchObject({ code: 'upstream_disconnected' });
  });

  it('passes an event of the largest size and throws upstream_disconnected above it', async () => {
    const bytesMax = 200;
    const fits = `event: x\ndata: ${'x'.repeat(bytesMax - 16)}\n`;
    expect(fits).toHaveLength(bytesMax);
    expect(await relay([DELTA, fits, '\n', STOP], bytesMax)).toMatchObject({
      text: `${DELTA}${fits}\n${STOP}`,
      error: undefined,
    });
    const { text, error } = await relay([DELTA.slice(0, 5), `${DELTA.slice(5)}${fits}x`], bytesMax);
    expect({ text, error }).toEqual({ text: DELTA, error: 'upstream_disconnected' });
  });
});

describe('a buffered response', () => {
  it.each([
    ['an incomplete JSON success', 200, 'application/json', '{"id":"msg_1","con'],
    ['an empty JSON success', 200, ' Application/JSON; charset=utf-8', ''],
  ])('is refused as cut short: %s', async (_, status, type, body) => {
    const transforms = [new CompleteResponse({ status, headers: ['content-type', type] })];
    const { text, error } = await transform(transforms, [body], { isStream: false });
    expect(text).toBe('');
    expect(error).toMatchObject({ code: 'upstream_disconnected' });
  });

  it.each([
    [200, '{"type":"error","error":{"type":"overloaded_error","message":"no"}}', 529],
    [200, '{"error":{"code":402,"message":"no"}}', 402],
    [400, '{"type":"error","error":{"type":"overloaded_error","message":"no"}}', 400],
    [200, '{"type":"message","content":[],"error":{"type":"api_error","message":"no"}}', 200],
  ])('of status %i that says %s has status %i', async (status, body, expected) => {
    const complete = new CompleteResponse({
      status,
      headers: ['content-type', 'application/json'],
    });
    await transform([complete], [body], { isStream: false });
    expect(complete.status).toBe(expected);
  });

  it('that is too large to be parsed is refused unless it ends like JSON', async () => {
    const large = `{"a":"${'a'.repeat(8 * 1024 * 1024)}"}\n`;
    for (const [body, code] of [
      [large, undefined],
      [large.slice(0, -2), 'upstream_disconnected'],
    ] as const) {
      const complete = new CompleteResponse({ status: 200, headers: [], bodyKind: 'json' });
      const { error } = await transform([complete], [body], { isStream: false });
      expect((error as { code?: string } | undefined)?.code).toBe(code);
    }
  });

  it.each([
    ['a JSON success', 200, 'application/json', '{}'],
    ['an error that is not JSON', 502, 'application/json', '<html>'],
    ['text', 200, 'text/plain', 'hello'],
  ])('passes: %s', async (_, status, type, body) => {
    const transforms = [new CompleteResponse({ status, headers: ['content-type', type] })];
    const { text, error } = await transform(transforms, [body], { isStream: false });
    expect([text, error]).toEqual([body, undefined]);
  });
});

/** The running total of bytes at the end of each text. */
function runningBytes(texts: readonly string[]): number[] {
  let sum = 0;
  return texts.map((text) => (sum += Buffer.byteLength(text)));
}
