import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES, readRules, rulesFor } from '../../../../shared/privacy/rules.ts';

describe('the scrubber rules', () => {
  it.each([
    ['{ version: 1 }', 'report'],
    ['{ version: 1, responses: ignore }', 'ignore'],
    ['{ version: 1, responses: ignore, keys: { a: { responses: redact } } }', 'redact'],
    ['{ version: 1, responses: redact, keys: { b: { responses: ignore } } }', 'redact'],
  ])('say what happens to personal data that the model writes: %s', (text, expected) => {
    expect(rulesFor(readRules(text), 'a').responses).toBe(expected);
  });

  it.each([
    'reports: redact',
    'recognizer: { url: "http://a", scoreMin: 1 }',
    'recognizer: { url: "http://a", deadlineMs: 1 }',
    'custom: [{ id: a, entity: AB, label: NAME, pattern: b, ignoreCase: true }]',
  ])('have no field that is not documented: %s', (field) => {
    expect(() => readRules(`version: 1\n${field}`)).toThrow(/Unrecognized key/);
  });

  it('have fields in snake_case', () => {
    const { recognizer, custom } = readRules(`
      version: 1
      recognizer: { url: "http://a", score_min: 0.7, deadline_ms: 100 }
      custom: [{ id: a, entity: AB, label: NAME, pattern: b, ignore_case: true }]
    `);
    expect(recognizer).toMatchObject({ score_min: 0.7, deadline_ms: 100 });
    expect(custom).toMatchObject([{ ignore_case: true }]);
  });

  it('replace every value by default', () => {
    expect(rulesFor(DEFAULT_RULES, 'a').actionOf('EMAIL_ADDRESS')).toBe('replace');
  });
});
