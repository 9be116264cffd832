import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ERROR_CHARS_MAX, failureText } from '../../../../shared/queue/failure-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Includes lone surrogates, as in truncated text. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('\ud83d', '\ude00', '\n', '😀'),
);

it('the failure text is the message on one line, without stack and cause', () => {
  const error = new Error('the file\n\tends  too early', { cause: new Error('secret') });
  expect(failureText(error)).toBe('the file ends too early');
  expect(failureText('plain')).toBe('plain');
  expect(failureText(new Error(' '))).toBe('the handler failed without a reason');
});

it('the failure text of any error is short, well-formed and not empty', () => {
  checkProperty(
    fc.property(fc.string({ unit: anyText, maxLength: 2_000, size: 'max' }), (message) => {
      const text = failureText(new Error(message));
      expect(text.length).toBeGreaterThan(0);
      expect(text.length).toBeLessThanOrEqual(ERROR_CHARS_MAX);
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toMatch(/\n/);
    }),
  );
});
