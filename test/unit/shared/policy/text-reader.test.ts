import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachOf, TextReader, type RuleMatch } from '../../../../shared/policy/text-reader.ts';
import type { Policy } from '../../../../shared/policy/policy.ts';
import { compiled } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';

const RULES = [
  {
    id: 'word',
    match: { any: [{ type: 'keyword', words: ['apollo', 'blue falcon'] }] },
    action: 'redact',
  },
  {
    id: 'both',
    match: {
      all: [
        { type: 'keyword', words: ['launch'] },
        { type: 'regex', pattern: String.raw`\bT-\d+\b`, units_max: 20 },
      ],
    },
    action: 'block',
  },
  {
    id: 'exception',
    match: {
      any: [{ type: 'keyword', words: ['merger'] }],
      unless: [{ type: 'keyword', words: ['press release'] }],
    },
    action: 'block',
  },
  {
    id: 'near',
    match: { any: [{ type: 'near', a: ['take'], b: ['over'], within: 2 }] },
    action: 'redact',
  },
  {
    id: 'count',
    match: { any: [{ type: 'entity', entities: ['EMAIL_ADDRESS'], count_min: 3 }] },
    action: 'block',
  },
  { id: 'url', match: { any: [{ type: 'url', deny: ['*.evil.com'] }] }, action: 'redact' },
  { id: 'hidden', match: { any: [{ type: 'pack', pack: 'invisible_text' }] }, action: 'redact' },
  { id: 'inject', match: { any: [{ type: 'pack', pack: 'prompt_injection' }] }, action: 'redact' },
  { id: 'code', match: { any: [{ type: 'code', languages: ['python'] }] }, action: 'redact' },
];
const POLICY = compiled(RULES);

const chunk = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'apollo',
      'blue',
      'falcon',
      'launch',
      'T-42',
      'merger',
      'press release',
      'take',
      'over',
      '[REDACTED_EMAIL_ADDRESS]',
      'https://a.evil.com/x',
      '\u200b\u200b',
      'ignore',
      'all previous',
      'instructions',
      'import os',
      'def f(x):',
      '\n',
      '. ',
      ' ',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('and so on ', 'x'.repeat(90), ' filler words '.repeat(20), '\n\n'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
);
const text = fc.array(chunk, { maxLength: 40 }).map((chunks) => chunks.join(' '));

function read(policy: Policy, chunks: readonly string[], step: number): readonly RuleMatch[] {
  const { rules, view } = policy;
  const after = Math.max(...rules.map((rule) => reachOf(rule)));
  const reader = new TextReader({ rules, view, step, after });
  for (const part of chunks) reader.push(part);
  reader.end();
  return reader.ruleMatches.map(({ any, all, ranges }) => ({ any, all, ranges }));
}

describe('a text read in windows', () => {
  it('gives the same matches however it is chunked', () => {
    checkProperty(
      fc.property(
        text,
        fc.array(fc.nat(), { maxLength: 20 }),
        fc.integer({ min: 1, max: 300 }),
        (complete, places, step) => {
          const borders = places
            .map((place) => place % (complete.length + 1))
            .toSorted((a, b) => a - b);
          const chunks = [...borders, complete.length].map((end, at) =>
            complete.slice(borders[at - 1] ?? 0, end),
          );
          expect(read(POLICY, chunks, step)).toEqual(read(POLICY, [complete], step));
        },
      ),
      { runs: 300 },
    );
  });

  it('gives the same verdict for any window size', () => {
    checkProperty(
      fc.property(text, fc.integer({ min: 1, max: 300 }), (complete, step) => {
        const inWindows = read(POLICY, [complete], step);
        const atOnce = read(POLICY, [complete], 1_000_000);
        expect(inWindows.map(({ any, all }) => [any, all])).toEqual(
          atOnce.map(({ any, all }) => [any, all]),
        );
      }),
      { runs: 300 },
    );
  });

  it('matches an end anchor only at the end of the text', () => {
    const match = { any: [{ type: 'regex', pattern: 'a+$', units_max: 16 }] };
    const policy = compiled([{ id: 'end', match, action: 'flag' }]);
    expect(read(policy, [`${'a'.repeat(500)}b`], 32)[0]?.any).toBe(false);
    expect(read(policy, ['a'.repeat(500)], 32)[0]?.any).toBe(true);
    expect(read(policy, ['b'.repeat(500), 'a'], 32)[0]?.any).toBe(true);
  });

  it('gives the same matches character by character', () => {
    const complete =
      'The launch of T-42: apollo. We take it over, says blue falcon at https://x.evil.com/a.';
    expect(read(POLICY, Array.from(complete), 32)).toEqual(read(POLICY, [complete], 32));
  });
});
