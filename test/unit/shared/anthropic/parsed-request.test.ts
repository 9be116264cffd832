import { describe, expect, it } from 'vitest';
import {
  editedText,
  parseRequest,
  parseTopLevel,
} from '../../../../shared/anthropic/parsed-request.ts';

const BOUNDS = { depthMax: 10, valuesMax: 100 };

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
    expect(editedText(bytes, edits)).toBe('{"u":12345678901234567890,"b":1.0}');
  });
});
