// The chaos suite relies on its checker, which is tested here with every kind of damage.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verdictOf, PING, type Received, type Verdict } from '../../chaos/kit/checker.ts';
import { newStory, replyText, requestBody, storyOf, type Story } from '../../chaos/kit/story.ts';
import { checkProperty } from '../../kit/properties.ts';

const ID = 'req_a';
const ENVELOPE = JSON.stringify({
  type: 'error',
  error: { type: 'api_error', message: 'Lost.', details: { error_code: 'worker_lost' } },
  request_id: ID,
});
const ERROR_EVENT = `event: error\ndata: ${ENVELOPE}\n\n`;

const PLOT = { parts: 6, partSize: 30, paceMs: 0 };
const STREAM = replyText(newStory({ ...PLOT, stream: true }));
const BUFFERED = replyText(newStory({ ...PLOT, stream: false }));
const EVENTS = STREAM.split(/(?<=\n\n)/);

function verdict(
  kind: 'stream' | 'buffered',
  text: string | Buffer,
  over: Partial<Received> = {},
): Verdict {
  const bytes = Buffer.from(kind === 'stream' ? STREAM : BUFFERED);
  const received: Received = {
    status: 200,
    requestId: ID,
    bytes: Buffer.from(text),
    ending: 'end',
    ...over,
  };
  return verdictOf({ stream: kind === 'stream', bytes }, received);
}

const cut = (at: number) => EVENTS.slice(0, at).join('');
const placeInStream = fc.integer({ min: 0, max: EVENTS.length - 1 });
const byteOf = (text: string) => fc.nat({ max: Buffer.byteLength(text) - 1 });

describe('the checker', () => {
  it('accepts the right bytes with a clean end as completed', () => {
    expect(verdict('stream', STREAM)).toBe('completed');
    expect(verdict('buffered', BUFFERED)).toBe('completed');
  });

  it('ignores gateway pings between events', () => {
    checkProperty(
      fc.property(fc.array(fc.nat(EVENTS.length)), (places) => {
        const withPings = [...EVENTS.entries(), [EVENTS.length, ''] as const]
          .map(([i, event]) => PING.repeat(places.filter((place) => place === i).length) + event)
          .join('');
        expect(verdict('stream', withPings)).toBe('completed');
      }),
    );
  });

  it('classifies a stream that stops between events with one error event as an error', () => {
    checkProperty(
      fc.property(placeInStream, fc.boolean(), (at, ping) => {
        expect(verdict('stream', cut(at) + (ping ? PING : '') + ERROR_EVENT)).toBe('error');
      }),
    );
  });

  it('classifies an error event that is not last, or not alone, as corrupt', () => {
    checkProperty(
      fc.property(placeInStream, (at) => {
        const rest = EVENTS.slice(at).join('');
        expect(verdict('stream', cut(at) + ERROR_EVENT + rest)).toBe('corrupt');
        expect(verdict('stream', cut(at) + ERROR_EVENT + ERROR_EVENT)).toBe('corrupt');
        expect(verdict('stream', cut(at) + ERROR_EVENT + 'event: ')).toBe('corrupt');
      }),
    );
    expect(verdict('stream', STREAM + ERROR_EVENT)).toBe('corrupt');
  });

  it('classifies an error event after half an event as corrupt', () => {
    checkProperty(
      fc.property(placeInStream, fc.nat(), (at, nth) => {
        const event = EVENTS[at] ?? '';
        const half = event.slice(0, 1 + (nth % (event.length - 1)));
        expect(verdict('stream', cut(at) + half + ERROR_EVENT)).toBe('corrupt');
      }),
    );
  });

  it("classifies an error outside Anthropic's envelope or with another id as corrupt", () => {
    const bodies = [
      '',
      'Bad Gateway',
      'null',
      '{"type":"error"}',
      '{"type":"error","error":null,"request_id":"req_a"}',
      '{"type":"error","error":{"type":"api_error"},"request_id":"req_a"}',
      '{"error":{"type":"api_error","message":"Lost."},"request_id":"req_a"}',
      ENVELOPE.replace(ID, 'req_b'),
      ENVELOPE.slice(0, -1),
    ];
    for (const body of bodies) {
      expect(verdict('buffered', body, { status: 502 }), body).toBe('corrupt');
      expect(verdict('stream', `${EVENTS[0]}event: error\ndata: ${body}\n\n`), body).toBe(
        'corrupt',
      );
    }
    expect(verdict('buffered', ENVELOPE, { status: 502 })).toBe('error');
    expect(verdict('stream', ENVELOPE, { status: 502 })).toBe('error');
    expect(verdict('stream', ENVELOPE, { status: 502, requestId: undefined })).toBe('corrupt');
    expect(verdict('stream', ENVELOPE)).not.toBe('error');
  });

  it('classifies every clean end before the last byte as truncated', () => {
    checkProperty(
      fc.property(byteOf(STREAM), byteOf(BUFFERED), (streamEnd, bufferedEnd) => {
        expect(verdict('stream', Buffer.from(STREAM).subarray(0, streamEnd))).toBe('truncated');
        expect(verdict('buffered', Buffer.from(BUFFERED).subarray(0, bufferedEnd))).toBe(
          'truncated',
        );
      }),
    );
  });

  it('distinguishes a broken connection and a silence from a clean end', () => {
    checkProperty(
      fc.property(fc.nat(Buffer.byteLength(STREAM)), (end) => {
        const received = Buffer.from(STREAM).subarray(0, end);
        expect(verdict('stream', received, { ending: 'reset' })).toBe('reset');
        expect(verdict('stream', received, { ending: 'hung' })).toBe('hung');
      }),
    );
    expect(verdict('buffered', BUFFERED, { ending: 'hung' })).toBe('hung');
    expect(verdict('stream', '', { status: 0, ending: 'reset' })).toBe('reset');
    expect(verdict('stream', '', { status: 0, ending: 'hung' })).toBe('hung');
    expect(verdict('stream', 'x', { ending: 'reset' })).toBe('corrupt');
  });

  it('never accepts damaged bytes as completed or as an error', () => {
    const damage = fc.oneof(
      fc.record({
        kind: fc.constant('lost' as const),
        at: fc.nat(),
        size: fc.integer({ min: 1, max: 80 }),
      }),
      fc.record({
        kind: fc.constant('repeated' as const),
        at: fc.nat(),
        size: fc.integer({ min: 1, max: 80 }),
      }),
      fc.record({ kind: fc.constant('changed' as const), at: fc.nat(), size: fc.constant(1) }),
      fc.record({
        kind: fc.constant('added' as const),
        at: fc.nat(),
        size: fc.integer({ min: 1, max: 3 }),
      }),
    );
    checkProperty(
      fc.property(
        fc.constantFrom('stream' as const, 'buffered' as const),
        damage,
        (kind, { kind: how, at, size }) => {
          const right = Buffer.from(kind === 'stream' ? STREAM : BUFFERED);
          const start = at % right.byteLength;
          const [before, after] = [right.subarray(0, start), right.subarray(start)];
          const damaged = {
            lost: () => [before, after.subarray(size)],
            repeated: () => [before, after.subarray(0, size), after],
            changed: () => [before, Buffer.of((after[0] ?? 0) ^ 1), after.subarray(1)],
            added: () => [before, Buffer.from('xyz'.slice(0, size)), after],
          }[how]();
          const bytes = Buffer.concat(damaged);
          fc.pre(!bytes.equals(right));
          expect(['truncated', 'corrupt']).toContain(verdict(kind, bytes));
        },
      ),
      { runs: 500 },
    );
  });

  it('never accepts lost, repeated or reordered events as completed', () => {
    checkProperty(
      fc.property(fc.array(placeInStream, { maxLength: EVENTS.length + 3 }), (order) => {
        const text = order.map((at) => EVENTS[at]).join('');
        fc.pre(text !== STREAM);
        expect(['truncated', 'corrupt']).toContain(verdict('stream', text));
      }),
    );
  });
});

describe('a story', () => {
  it('can be read back from its request', () => {
    const plot = fc.record({
      stream: fc.boolean(),
      parts: fc.nat(1000),
      partSize: fc.nat(10_000),
      paceMs: fc.nat(1000),
    });
    checkProperty(
      fc.property(plot, fc.nat(5000), (given, paddingSize) => {
        const story: Story = newStory(given);
        expect(storyOf(requestBody(story, paddingSize))).toEqual(story);
      }),
    );
  });

  it('has different words for every seed', () => {
    const texts = Array.from({ length: 50 }, () => replyText(newStory({ ...PLOT, stream: true })));
    expect(new Set(texts).size).toBe(50);
  });
});
