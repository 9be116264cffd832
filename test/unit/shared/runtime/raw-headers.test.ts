import { describe, expect, it } from 'vitest';
import { isEventStream } from '../../../../shared/runtime/raw-headers.ts';

describe('isEventStream', () => {
  it.each([
    [['Content-Type', 'text/event-stream'], true],
    [['content-type', ' Text/Event-Stream; charset=utf-8'], true],
    [['content-type', 'application/json'], false],
    [['x-content-type', 'text/event-stream'], false],
    [[], false],
  ])('reads %j as %s', (headers, expected) => {
    expect(isEventStream(headers)).toBe(expected);
  });
});
