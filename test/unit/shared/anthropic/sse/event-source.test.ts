import { describe, expect, it } from 'vitest';
import {
  BufferedSource,
  joinEvents,
  StreamSource,
  type EventSource,
} from '../../../../../shared/anthropic/sse/event-source.ts';
import { SseEvent } from '../../../../../shared/anthropic/sse/sse-event.ts';

const PING = 'event: ping\ndata: {}\n\n';

const nextTurn = () => new Promise((resolve) => void setImmediate(resolve));

function textsOf(events: readonly SseEvent[]): string[] {
  return events.map(({ bytes, kind }) => `${kind} ${Buffer.from(bytes).toString()}`);
}

describe('a stream', () => {
  it('has an event for each that its bytes complete, and then its rest', () => {
    const source = new StreamSource();
    expect(textsOf(source.push(Buffer.from(`${PING}${PING}even`)))).toEqual([
      `event ${PING}`,
      `event ${PING}`,
    ]);
    expect(source.end()).toMatchObject([{ kind: 'rest', bytes: Buffer.from('even') }]);
  });

  it('has an error once an incomplete event is too large', () => {
    const source = new StreamSource(10);
    source.push(Buffer.from(`${PING}0123456789`));
    expect(source.error).toBeUndefined();
    source.push(Buffer.from('x'));
    expect(source.error).toMatchObject({ code: 'upstream_disconnected' });
  });
});

describe('a buffered response', () => {
  it('is one event, however its bytes are cut', () => {
    const source = new BufferedSource();
    expect([...source.push(Buffer.from('{"a"')), ...source.push(Buffer.from(':1}'))]).toEqual([]);
    expect(textsOf(source.end())).toEqual(['whole {"a":1}']);
  });

  it('is one event if it is empty', () => {
    expect(textsOf(new BufferedSource().end())).toEqual(['whole ']);
  });

  it('has an error once it is too large', () => {
    const source = new BufferedSource(3);
    source.push(Buffer.from('123'));
    expect(source.error).toBeUndefined();
    source.push(Buffer.from('4'));
    expect(source.error).toMatchObject({ code: 'upstream_disconnected' });
  });
});

describe('joined events', () => {
  it('are not copied if they are adjacent', () => {
    const bytes = Buffer.from(PING + PING);
    const joined = joinEvents(new StreamSource().push(bytes));
    expect(joined.buffer).toBe(bytes.buffer);
    expect(Buffer.from(joined).equals(bytes)).toBe(true);
  });

  it('are in order if others come between them', () => {
    const [one, two] = new StreamSource().push(Buffer.from(PING + PING));
    const other = SseEvent.of('x', '1');
    const joined = joinEvents([one, other, two].filter((event) => event !== undefined));
    expect(Buffer.from(joined).toString()).toBe(`${PING}event: x\ndata: 1\n\n${PING}`);
  });

  it.each<[string, () => EventSource, SseEvent]>([
    ['stream', () => new StreamSource(), new SseEvent(Buffer.from(PING))],
    ['buffered response', () => new BufferedSource(), new SseEvent(Buffer.from('{}'), 'whole')],
  ])(
    'are the same events for the next worker of a %s in this turn only',
    async (_, open, event) => {
      const bytes = joinEvents([event]);
      const read = () => {
        const source = open();
        return [...source.push(bytes), ...source.end()];
      };
      const [same] = read();
      expect(same).toBe(event);
      for (let turn = 0; turn < 3; turn += 1) await nextTurn();
      const [other] = read();
      expect(other).not.toBe(event);
      expect(other?.bytes).toEqual(event.bytes);
    },
  );

  it('are not taken for the end of an event that began before', () => {
    const source = new StreamSource();
    const event = SseEvent.of('x', '1');
    source.push(Buffer.from(': note\n'));
    expect(textsOf(source.push(joinEvents([event])))).toEqual([
      'event : note\nevent: x\ndata: 1\n\n',
    ]);
  });
});
