import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../../shared/anthropic/parsed-request.ts';
import { RequestBody } from '../../../../shared/protocol/body.ts';

const BOUNDS = { depthMax: 10, valuesMax: 100 };

const parseTopLevel = (bytes: Uint8Array, bounds: typeof BOUNDS) =>
  new RequestBody(bytes).parseTopLevel(bounds);

describe('a parsed request', () => {
  it.each([parseRequest, parseTopLevel])('must be JSON within the bounds', (parse) => {
    expect(() => parse(Buffer.from('{'), BOUNDS)).toThrow(/JSON/);
    expect(() => parse(Buffer.from('['.repeat(12) + ']'.repeat(12)), BOUNDS)).toThrow(/deep/);
  });

  it('lists only the first level on demand', () => {
    const { root } = parseTopLevel(Buffer.from('{"a":{"b":[1]}}'), BOUNDS);
    expect(root).toMatchObject({ properties: [{ value: { kind: 'object', properties: [] } }] });
  });

  it('is edited without losing what JSON.parse would lose', () => {
    const bytes = Buffer.from('{"ü":12345678901234567890,"b":1.0}');
    const edits = [{ start: 2, end: 3, text: 'u' }];
    const edited = new RequestBody(bytes).edit(edits);
    expect(Buffer.from(edited.bytes).toString()).toBe('{"u":12345678901234567890,"b":1.0}');
  });
});
