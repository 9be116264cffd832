import { describe, expect, it } from 'vitest';
import { keepParsed, parseRequest } from '../../../../shared/anthropic/parsed-request.ts';

const BOUNDS = { jsonDepthMax: 10, jsonValuesMax: 100 };
const nextTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a parsed body', () => {
  it('is cached for the rest of the turn of the event loop', async () => {
    const bytes = Buffer.from('{"messages":[{"role":"user","content":"Hi"}]}');
    const parsed = parseRequest(bytes, BOUNDS);
    await Promise.resolve();
    expect(parseRequest(bytes, BOUNDS)).toBe(parsed);
    await nextTurn();
    await nextTurn();
    expect(parseRequest(bytes, BOUNDS)).not.toBe(parsed);
    expect(parseRequest(bytes, BOUNDS)).toEqual(parsed);
  });

  it('can be kept for another turn', async () => {
    const bytes = Buffer.from('{}');
    const parsed = parseRequest(bytes, BOUNDS);
    await nextTurn();
    await nextTurn();
    keepParsed(parsed);
    expect(parseRequest(bytes, BOUNDS)).toBe(parsed);
  });

  it('is cached by identity of the bytes, not by content', () => {
    const parsed = parseRequest(Buffer.from('{"a":1}'), BOUNDS);
    expect(parseRequest(Buffer.from('{"a":1}'), BOUNDS)).not.toBe(parsed);
  });

  it('must be JSON within the bounds', () => {
    expect(() => parseRequest(Buffer.from('{'), BOUNDS)).toThrow(/JSON/);
    expect(() => parseRequest(Buffer.from('['.repeat(12) + ']'.repeat(12)), BOUNDS)).toThrow(
      /deep/,
    );
  });
});
