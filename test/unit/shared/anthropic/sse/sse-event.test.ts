// Reading an event parses its JSON at most once, and changing it changes nothing else.

import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { SseEvent } from '../../../../../shared/anthropic/sse/sse-event.ts';
import { tryScanJson } from '../../../../../shared/json/parse.ts';
import { JsonTokens } from '../../../../../shared/json/tokenizer.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const sse = (text: string) => new SseEvent(Buffer.from(text));
const textOf = ({ bytes }: SseEvent) => Buffer.from(bytes).toString();

/** Runs `read` and returns how many JSON texts it parsed. */
function parsesOf(read: () => void): number {
  const expectEnd = vi.spyOn(JsonTokens.prototype, 'expectEnd');
  try {
    read();
    return expectEnd.mock.calls.length;
  } finally {
    expectEnd.mockRestore();
  }
}

describe('an event', () => {
  it.each([
    ['its data', 'event: ping\ndata: {"type":"message_stop"}\n\n', 'ping', 'message_stop'],
    ['its name if its data has no type', 'event: ping\ndata: {}\n\n', 'ping', 'ping'],
    ['its name if its data is not JSON', 'event: error\ndata: oops\n\n', 'error', 'error'],
    ['nothing', ': comment\n\n', 'message', 'message'],
  ])('has the type of %s', (_, text, name, type) => {
    const event = sse(text);
    expect([event.name, event.type]).toEqual([name, type]);
  });

  it('is parsed once, and not at all if only its name is read', () => {
    const event = sse('event: ping\ndata: {"type":"ping"}\n\n');
    expect(parsesOf(() => event.name)).toBe(0);
    expect(parsesOf(() => [event.type, event.json, event.json, event.isClosing])).toBe(1);
  });

  it('is parsed once if it is not JSON', () => {
    const event = sse('data: {"type":\n\n');
    expect(parsesOf(() => [event.json, event.json])).toBe(0);
    expect(event.json).toBeUndefined();
  });

  it('has a new value in a string and is not parsed again', () => {
    checkProperty(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (before, value, lineEnd) => {
          const textWith = (a: string) =>
            `: note${lineEnd}data: {"a": ${JSON.stringify(a)}, "z": [1.0, "é"]}${lineEnd}${lineEnd}`;
          const event = sse(textWith(before));
          const node = event.json?.string('a');
          const edits = node && event.json ? [event.json.editOf(node, value)] : [];
          const edited = event.withEdits(edits);
          expect(textOf(edited)).toBe(textWith(value));
          expect(parsesOf(() => edited.json)).toBe(0);
          expect(edited.json?.root).toEqual(tryScanJson(edited.json?.text ?? ''));
          const moved = edited.json?.string('a');
          expect(moved && edited.json?.valueOf(moved)).toBe(value);
        },
      ),
    );
  });

  it('keeps bytes that are not UTF-8 when its text is changed', () => {
    const bytes = Buffer.from('data: {"a":"old","b":"?"}\n\n');
    bytes[bytes.indexOf('?')] = 0xff;
    const event = new SseEvent(bytes);
    const node = event.json?.string('a');
    const edited = event.withEdits(node && event.json ? [event.json.editOf(node, 'né')] : []);
    expect(Buffer.from(edited.bytes).toString('latin1')).toBe(
      `data: {"a":"n${Buffer.from('é').toString('latin1')}","b":"\u00ff"}\n\n`,
    );
  });

  it('is itself without edits', () => {
    const event = sse('data: {"a":1}\n\n');
    expect(event.withEdits([])).toBe(event);
  });

  it.each([
    ['message_delta', true],
    ['message_stop', true],
    ['error', true],
    ['content_block_stop', false],
    ['ping', false],
  ])('called %s closes all blocks: %s', (type, isClosing) => {
    expect(sse(`event: ${type}\ndata: {"type":"${type}"}\n\n`).isClosing).toBe(isClosing);
  });
});

describe('bytes after the last event', () => {
  it('have no JSON and close all blocks', () => {
    const rest = new SseEvent(Buffer.from('data: {"type":"ping"}\n'), 'rest');
    expect([rest.name, rest.json, rest.isClosing]).toEqual(['', undefined, true]);
  });
});

describe('a buffered response', () => {
  it('is JSON without lines', () => {
    const event = new SseEvent(Buffer.from('{\n"type":\r"message"}\n'), 'whole');
    expect([event.name, event.type, event.isClosing]).toEqual(['', 'message', false]);
    const node = event.json?.string('type');
    const edited = event.withEdits(node && event.json ? [event.json.editOf(node, '\n')] : []);
    expect(textOf(edited)).toBe('{\n"type":\r"\\n"}\n');
  });
});
