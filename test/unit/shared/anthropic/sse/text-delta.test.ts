// A delta read by its form says what its JSON says.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamSource } from '../../../../../shared/anthropic/sse/event-source.ts';
import { eventName } from '../../../../../shared/anthropic/sse/event-splitter.ts';
import { SseEvent } from '../../../../../shared/anthropic/sse/sse-event.ts';
import { DELTA_KEYS, type DeltaType } from '../../../../../shared/anthropic/sse/text-delta.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const TYPES = Object.keys(DELTA_KEYS) as DeltaType[];

function deltaOf(type: string, key: string, literal: string, index = '0', blanks = ''): Buffer {
  const delta = `{"type":"${type}","${key}":${literal}}`;
  const json = `{"type":"content_block_delta","index":${index},"delta":${delta}${blanks}}`;
  return Buffer.from(`event: content_block_delta\ndata: ${json}\n\n`);
}

/** The same facts, read from the JSON. */
function parsed(bytes: Uint8Array) {
  const { json } = new SseEvent(bytes);
  const delta = json?.property('delta');
  if (!json || !delta) return undefined;
  const type = json.word('type', delta) ?? '';
  const node = Object.hasOwn(DELTA_KEYS, type)
    ? json.string(DELTA_KEYS[type as DeltaType], delta)
    : undefined;
  if (!node) return undefined;
  const { index } = json;
  return { name: eventName(bytes), own: json.word('type'), index, type, value: json.valueOf(node) };
}

function read(bytes: Uint8Array) {
  const { delta, name, type: own } = new SseEvent(bytes);
  if (!delta) return undefined;
  const { index, type, value } = delta;
  return { name, own, index, type, value };
}

const literals = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u00e9\\/\\b\\f\\n\\r\\t\\"\\\\"',
    '"é😀"',
    '"\\ud83d"',
    '""',
    '"\\uD83D\\uDE00"',
  ),
);
const events = fc
  .tuple(fc.constantFrom(...TYPES), literals, fc.nat(1_000_000), fc.nat(3))
  .map(([type, literal, index, blanks]) =>
    deltaOf(type, DELTA_KEYS[type], literal, String(index), ' '.repeat(blanks)),
  );

describe('a delta in the usual form', () => {
  it('says what its JSON says, and is recognized', () => {
    const property = fc.property(events, (bytes) => {
      const expected = parsed(bytes);
      expect(expected).toBeDefined();
      expect(read(bytes)).toEqual(expected);
    });
    checkProperty(property);
  });

  it('never says anything else, whatever bytes are changed, added or left out', () => {
    const changes = fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        removed: fc.nat(2),
        added: fc.oneof(
          fc.uint8Array({ maxLength: 2 }),
          fc
            .constantFrom('"', '\\', '\\u12', '{', '}', ',', '\n', '\r', '0', ',"index":1', ' ')
            .map((text) => Buffer.from(text)),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    );
    const property = fc.property(events, changes, (given, made) => {
      let bytes = given;
      for (const { at, removed, added } of made) {
        const start = Math.floor(at * bytes.length);
        bytes = Buffer.concat([bytes.subarray(0, start), added, bytes.subarray(start + removed)]);
      }
      const seen = read(bytes);
      expect(seen ?? parsed(bytes)).toEqual(parsed(bytes));
    });
    checkProperty(property);
  });

  it('becomes the bytes that an edit of its JSON makes of it', () => {
    const values = fc.string({ unit: 'binary', maxLength: 40 });
    const property = fc.property(events, values, (bytes, value) => {
      const event = new SseEvent(bytes);
      const { delta, json } = event;
      const holder = json?.property('delta');
      if (!delta || !json || !holder) throw new Error('not a delta');
      const node = json.string(DELTA_KEYS[delta.type], holder);
      const edited = event.withDelta(delta, value);
      if (!node) throw new Error('no text');
      const isSame = value === delta.value;
      const expected = isSame ? event : event.withEdits([json.editOf(node, value)]);
      expect(Buffer.from(edited.bytes)).toEqual(Buffer.from(expected.bytes));
      expect(read(edited.bytes)).toEqual({ ...read(bytes), value: read(expected.bytes)?.value });
      expect(edited.delta?.value).toBe(read(edited.bytes)?.value);
    });
    checkProperty(property);
  });

  it('is the same event where it comes as a chunk of its own', () => {
    const property = fc.property(fc.array(events, { minLength: 1, maxLength: 6 }), (all) => {
      const [apart, together] = [new StreamSource(), new StreamSource()];
      const one = all.flatMap((bytes) => apart.push(bytes));
      const other = together.push(Buffer.concat(all));
      expect(one.map(({ bytes }) => String(bytes))).toEqual(all.map(String));
      expect(other.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(all.map(String));
    });
    checkProperty(property);
  });

  it('is no event while the chunk before it is open', () => {
    const bytes = deltaOf('text_delta', 'text', '"a"');
    const source = new StreamSource();
    source.push(Buffer.from('event: x\n'));
    const [event] = source.push(bytes);
    expect(String(event?.bytes)).toBe(`event: x\n${String(bytes)}`);
  });

  it.each([
    ['a large delta', deltaOf('text_delta', 'text', JSON.stringify('x'.repeat(5_000)))],
    ['another property', deltaOf('text_delta', 'thinking', '"a"')],
    ['two indexes', deltaOf('text_delta', 'text', '"a"', '0,"index":1')],
    ['more in the delta', deltaOf('text_delta', 'text', '"a","text":"b"')],
    ['an index of another form', deltaOf('text_delta', 'text', '"a"', '01')],
    ['a control character', deltaOf('text_delta', 'text', '"a\tb"')],
    ['an unknown escape', deltaOf('text_delta', 'text', '"a\\q"')],
  ])('leaves %s to the parser', (_, bytes) => {
    expect(new SseEvent(bytes).delta).toBeUndefined();
  });
});
