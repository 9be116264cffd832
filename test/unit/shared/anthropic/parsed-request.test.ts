import { describe, expect, it } from 'vitest';
import { keepParsed, parseRequest } from '../../../../shared/anthropic/parsed-request.ts';

const BOUNDS = { jsonDepthMax: 10, jsonValuesMax: 100 };
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('a body that is read', () => {
  it('is there for the next room, and forgotten with the turn of the event loop', async () => {
    const bytes = Buffer.from('{"messages":[{"role":"user","content":"Hi"}]}');
    const read = parseRequest(bytes, BOUNDS);
    await Promise.resolve();
    expect(parseRequest(bytes, BOUNDS)).toBe(read);
    await turn();
    await turn();
    expect(parseRequest(bytes, BOUNDS)).not.toBe(read);
    expect(parseRequest(bytes, BOUNDS)).toEqual(read);
  });

  it('can be handed on anew', async () => {
    const bytes = Buffer.from('{}');
    const read = parseRequest(bytes, BOUNDS);
    await turn();
    await turn();
    keepParsed(read);
    expect(parseRequest(bytes, BOUNDS)).toBe(read);
  });

  it('is never that of other bytes that look the same', () => {
    const read = parseRequest(Buffer.from('{"a":1}'), BOUNDS);
    expect(parseRequest(Buffer.from('{"a":1}'), BOUNDS)).not.toBe(read);
  });

  it('must be JSON within its bounds', () => {
    expect(() => parseRequest(Buffer.from('{'), BOUNDS)).toThrow(/JSON/);
    expect(() => parseRequest(Buffer.from('['.repeat(12) + ']'.repeat(12)), BOUNDS)).toThrow(
      /deep/,
    );
  });
});
