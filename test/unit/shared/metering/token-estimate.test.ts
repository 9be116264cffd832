import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputEstimate } from '../../../../shared/metering/token-estimate.ts';
import { checkProperty } from '../../../kit/properties.ts';

const estimate = (value: unknown) => inputEstimate(Buffer.from(JSON.stringify(value)));

describe('the input estimate', () => {
  it('counts four bytes as a token', () => {
    expect(inputEstimate(Buffer.from('x'.repeat(400)))).toBe(100);
    expect(inputEstimate(Buffer.from('x'))).toBe(1);
    expect(inputEstimate(Buffer.from(''))).toBe(1);
  });

  it('counts an image at a fixed cost, not by its bytes', () => {
    const image = (bytes: number) => ({
      source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(bytes) },
    });
    const one = estimate([image(1_000_000)]);
    expect(one).toBeGreaterThan(1_600);
    expect(one).toBeLessThan(1_700);
    expect(estimate([image(1_000_000), image(2_000_000)])).toBeLessThan(3_400);
    expect(estimate([image(100)])).toBeLessThan(100);
  });

  it('stays within bounds for any text around "data"', () => {
    checkProperty(
      fc.property(
        fc.array(fc.constantFrom('"data"', ':', '"', '{', 'x', 'A'.repeat(9_000)), {
          maxLength: 12,
        }),
        (chunks) => {
          const bytes = Buffer.from(chunks.join(''));
          const tokens = inputEstimate(bytes);
          expect(tokens).toBeGreaterThanOrEqual(1);
          expect(tokens).toBeLessThanOrEqual(bytes.length / 4 + 1);
        },
      ),
    );
  });
});
