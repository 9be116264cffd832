import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventData } from '../../../../../shared/anthropic/sse/event-data.ts';
import { eventText, LINE_ENDS } from '../../../../kit/event-texts.ts';
import { checkProperty } from '../../../../kit/properties.ts';

/** The names of the data fields in an event. */
function dataLines(event: string): string {
  const names = event.split(/\r\n|\n|\r/).map((line) => /^data(:|$)/.exec(line)?.[0] ?? '');
  return names.join('');
}

/** The event with other JSON, which is given in two parts. */
function withJson(event: string, json: string): string | undefined {
  const parts = eventData(event)?.withJson([json.slice(0, 2), json.slice(2)]);
  return parts && [...parts].join('');
}

describe('eventData', () => {
  it.each([
    ['one data line', 'event: a\ndata: {"b":1}\n\n', '{"b":1}'],
    ['one without a space', 'data:{"b":1}\n\n', '{"b":1}'],
    ['only one space removed', 'data:  1\n\n', ' 1'],
    ['several lines', 'data: {\nevent: a\ndata:"b":\ndata\ndata: 1}\n\n', '{\n"b":\n\n1}'],
    ['CRLF', 'event: a\r\ndata: 1\r\n\r\n', '1'],
    ['CR', 'event: a\rdata: 1\r\r', '1'],
    ['a byte order mark', '\u00ef\u00bb\u00bfdata: 1\n\n', '1'],
    ['fields of similar names', 'database: 0\ndata: 1\n data: 2\n\n', '1'],
  ])('reads %s', (_, event, json) => {
    expect(eventData(event)?.json).toBe(json);
  });

  it.each([
    ['a comment', ': data: 1\n\n'],
    ['an event without data', 'event: ping\n\n'],
    ['nothing', '\n'],
  ])('reads no data from %s', (_, event) => {
    expect(eventData(event)).toBeUndefined();
  });

  it.each([
    ['in its place', 'id: 7\ndata: 1\n: c\n\n', 'id: 7\ndata: NEW\n: c\n\n'],
    ['as the first of several lines', 'data:1\nid: 7\ndata: 2\n\n', 'data:NEW\nid: 7\n\n'],
    ['for a field without value', 'data\ndata: 1\n\n', 'data:NEW\n\n'],
    ['between CRLF', 'data: 1\r\n\r\n', 'data: NEW\r\n\r\n'],
    ['between CR', 'data: 1\rid: 7\r\r', 'data: NEW\rid: 7\r\r'],
  ])('replaces data %s', (_, event, written) => {
    expect(withJson(event, 'NEW')).toBe(written);
  });

  it('writes multi-line JSON as one line', () => {
    expect(withJson('data: {\ndata: }\n\n', '{\n"a":\n1}')).toBe('data: { "a": 1}\n\n');
  });

  it('reproduces events with a single data line', () => {
    checkProperty(
      fc.property(fc.constantFrom(...Object.values(LINE_ENDS)).chain(eventText), ({ events }) => {
        const single = events.filter((event) => dataLines(event) === 'data:');
        const same = single.map((event) => {
          const data = eventData(event);
          return data && withJson(event, data.json);
        });
        expect(same).toEqual(single);
      }),
    );
  });
});
