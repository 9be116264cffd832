import { describe, expect, it } from 'vitest';
import { beginsAt, isJoined } from '../../../../../shared/privacy/detect/boundary.ts';

describe('beginsAt()', () => {
  it.each(['', ' ', '=', '"', '-', '_', 'é', '\\n', '\\r', '\\t', '%3D', '\\u003d', '\\u003D'])(
    'holds after %j',
    (before) => {
      expect(beginsAt(`${before}key`, before.length)).toBe(true);
    },
  );

  it.each(['a', 'Z', '9', 'n', '%3', '3D', 'u003d', '\\x'])('does not hold after %j', (before) => {
    expect(beginsAt(`${before}key`, before.length)).toBe(false);
  });
});

describe('isJoined()', () => {
  it.each(['-', '_', '.', '/', '+'])('holds after %s', (before) => {
    expect(isJoined(`a${before}key`, 2)).toBe(true);
  });

  it.each([' ', '=', ':', '"'])('does not hold after %j', (before) => {
    expect(isJoined(`a${before}key`, 2)).toBe(false);
  });

  it('does not hold at the beginning of a text', () => {
    expect(isJoined('key', 0)).toBe(false);
  });
});
