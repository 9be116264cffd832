import { describe, expect, it } from 'vitest';
import { compiled, holds } from '../../../../kit/policies.ts';

const FACTS = { inputTokens: 100, outputTokens: 200, bodyBytes: 300, images: 4 };

describe('the limit matcher', () => {
  it.each([
    ['max_input_tokens', 100],
    ['max_output_tokens', 200],
    ['max_body_bytes', 300],
    ['max_images', 4],
  ])('holds above %s, not at it', (field, value) => {
    expect(holds({ type: 'limit', [field]: value }, FACTS)).toBe(false);
    expect(holds({ type: 'limit', [field]: value - 1 }, FACTS)).toBe(true);
  });

  it('holds if one of several limits is exceeded', () => {
    expect(holds({ type: 'limit', max_images: 3, max_body_bytes: 999 }, FACTS)).toBe(true);
  });

  it('supports a limit of zero', () => {
    expect(holds({ type: 'limit', max_images: 0 }, { images: 1 })).toBe(true);
    expect(holds({ type: 'limit', max_images: 0 }, { images: 0 })).toBe(false);
  });

  it.each([
    [{}, 'rules.0.match.any.0: must name a limit'],
    [{ max_images: -1 }, 'max_images: must not be negative'],
    [{ max_images: 1.5 }, 'max_images: must be a whole number'],
    [{ max_pictures: 1 }, 'rules.0.match.any.0'],
  ])('rejects %j', (fields, message) => {
    const rule = { id: 'a', match: { any: [{ type: 'limit', ...fields }] }, action: 'block' };
    expect(() => compiled([rule])).toThrow(message);
  });
});
