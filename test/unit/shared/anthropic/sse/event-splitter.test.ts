import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventName, EventSplitter } from '../../../../../shared/anthropic/sse/event-splitter.ts';
import {
  cut,
  cutEverywhere,
  cutPlaces,
  eventText,
  LINE_ENDS,
} from '../../../../kit/event-texts.ts';
import { checkProperty } from '../../../../kit/properties.ts';

function split(chunks: readonly Uint8Array[]): { events: string[]; rest: string } {
  const splitter = new EventSplitter();
  const events = chunks.flatMap((chunk) => splitter.push(chunk)).concat(splitter.end());
  return { events: events.map(textOf), rest: textOf(splitter.rest()) };
}

/** An event without the empty lines before it. */
function withoutGap(event: string): string {
  return event.replace(/^[\r\n]+/, '');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

describe.each(Object.entries(LINE_ENDS))('an EventSplitter with %s line ends', (_, ends) => {
  it('finds the same events for every cut of the bytes', () => {
    const halves = fc.stringMatching(/^[a-z: ]{0,9}$/);
    checkProperty(
      fc.property(eventText(ends), halves, cutPlaces, (text, half, places) => {
        const bytes = Buffer.from(text.events.join('') + half);
        expect(split(cut(bytes, places))).toEqual({ events: text.events, rest: half });
      }),
    );
  });

  it('finds the same events in single bytes', () => {
    checkProperty(
      fc.property(eventText(ends), (text) => {
        const bytes = Buffer.from(text.events.join(''));
        expect(split(cutEverywhere(bytes))).toEqual({ events: text.events, rest: '' });
      }),
      { runs: 30 },
    );
  });

  it('passes empty lines between events along with them', () => {
    const gap = fc.nat(3).map((count) => (ends[0] ?? '').repeat(count));
    const gaps = fc.array(gap, { minLength: 7, maxLength: 7 });
    checkProperty(
      fc.property(eventText(ends), gaps, cutPlaces, (text, empty, places) => {
        const all = empty.map((lines, at) => lines + (text.events[at] ?? '')).join('');
        const { events, rest } = split(cut(Buffer.from(all), places));
        expect(events.join('') + rest).toBe(all);
        expect(events.map(withoutGap).filter((event) => event !== '')).toEqual(text.events);
        expect(withoutGap(rest)).toBe('');
      }),
    );
  });

  it('returns an event as soon as its last byte arrives', () => {
    const event = `data: 1${ends[0]}${ends[0]}`;
    expect(new EventSplitter().push(Buffer.from(event)).map(textOf)).toEqual([event]);
  });
});

describe('an EventSplitter', () => {
  it('returns the events of one push as adjacent views', () => {
    const splitter = new EventSplitter();
    splitter.push(Buffer.from('data: '));
    const [first, second, ...more] = splitter.push(Buffer.from('1\n\ndata: 2\n\nda'));
    expect(more).toEqual([]);
    expect(second?.buffer).toBe(first?.buffer);
    expect(second?.byteOffset).toBe((first?.byteOffset ?? 0) + (first?.byteLength ?? 0));
  });

  it('does not make events of empty lines', () => {
    const splitter = new EventSplitter();
    const lines = Buffer.alloc(100_000, '\n');
    expect(splitter.push(lines)).toHaveLength(1);
    const events = splitter.push(Buffer.concat([lines, Buffer.from('data: 1\n\n'), lines]));
    expect(events.map((event) => event.byteLength)).toEqual([100_009, 100_000]);
    expect(splitter.restBytes).toBe(0);
  });

  it('does not copy a large event for each small chunk', () => {
    const chunk = Buffer.alloc(1024, 'x');
    const splitter = new EventSplitter();
    for (let count = 0; count < 16 * 1024; count += 1) splitter.push(chunk);
    expect(splitter.restBytes).toBe(16 * 1024 * 1024);
    expect(splitter.push(Buffer.from('\n\n'))[0]?.byteLength).toBe(16 * 1024 * 1024 + 2);
  });
});

describe('eventName', () => {
  it('returns the value of the event field, wherever it is', () => {
    checkProperty(
      fc.property(
        fc.constantFrom(...Object.values(LINE_ENDS)).chain(eventText),
        ({ events, names }) => {
          expect(events.map((event) => eventName(Buffer.from(event)))).toEqual(names);
        },
      ),
    );
  });

  it.each([
    ['behind a byte order mark', '\ufeffevent: error\ndata: 1\n\n', 'error'],
    ['behind data of any length', `data: ${'x'.repeat(9_000)}\nevent: error\n\n`, 'error'],
    ['without a space', 'event:error\n\n', 'error'],
    ['with only one space removed', 'event:  error\n\n', ' error'],
    ['before a CR', 'event: error\rdata: 1\r\r', 'error'],
    ['of a field without value', 'event:\ndata: 1\n\n', 'message'],
    ['inside data', 'data: event: error\n\n', 'message'],
    ['in an event of comments', ': event: error\n\n', 'message'],
    ['in an empty event', '\n', 'message'],
  ])('is read %s', (_, text, name) => {
    expect(eventName(Buffer.from(text))).toBe(name);
  });
});
