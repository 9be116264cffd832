import { describe, expect, it } from 'vitest';
import { TOPICS } from '../../../../shared/privacy/detect/detector.ts';
import { DEFAULT_RULES, levelOf, readRules, rulesFor } from '../../../../shared/privacy/rules.ts';

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

  it.each(['names: maybe', 'addresses: likely', 'user_names: true', 'dates_of_birth: likely'])(
    'have no such level: %s',
    (field) => {
      expect(() => readRules(`version: 1\n${field}`)).toThrow(/Invalid option/);
    },
  );

  it('search for names where they are labelled unless they say otherwise, also by key', () => {
    const rules = readRules(
      'version: 1\nnames: likely\nkeys: { a: { names: off }, b: { addresses: off } }',
    );
    const levels = (keyId?: string) => TOPICS.map((topic) => levelOf(rules, topic, keyId));
    expect(levels()).toEqual(['likely', 'labelled', 'labelled', 'labelled']);
    expect(levels('a')).toEqual(['off', 'labelled', 'labelled', 'labelled']);
    expect(levels('b')).toEqual(['likely', 'off', 'labelled', 'labelled']);
    expect(levelOf(DEFAULT_RULES, 'names', 'a')).toBe('labelled');
  });

  it('replace every value by default', () => {
    expect(rulesFor(DEFAULT_RULES, 'a').actionOf('EMAIL_ADDRESS')).toBe('replace');
  });
});
