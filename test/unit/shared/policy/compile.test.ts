import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { compilePolicy, PolicyError } from '../../../../shared/policy/compile.ts';
import { parsePolicyText } from '../../../../services/config/policy-files.ts';
import { BARE_CONTEXT, compiled, policyOf, words } from '../../../kit/policies.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Every issue begins with a path. */
const PATH = /^(file|[\w$-]+(\.[^:]*)?): ./s;

const MATCH = words('x');
const LIMIT = { type: 'limit', max_images: 1 };
const REGEX = { any: [{ type: 'regex', pattern: '(' }] };

describe('compilePolicy()', () => {
  it.each([
    [{ rules: [] }, 'version: must be 1'],
    [{ version: 2, rules: [] }, 'version: must be 1'],
    [{ version: 1 }, 'rules: must be a list of rules'],
    [{ version: 1, rules: [], mode: 'on' }, 'mode: must be enforce or monitor'],
    [{ version: 1, rules: [], on_error: 'maybe' }, 'on_error: must be closed or open'],
    [{ version: 1, rules: [], rulez: [] }, 'rulez'],
    [{ version: 1, rules: [], lists: { a: [] } }, 'lists.a: must not be empty'],
    ['text', 'file: '],
    [null, 'file: '],
  ])('rejects %j', (input, message) => {
    expect(() => compilePolicy(input, 'x', BARE_CONTEXT)).toThrow(message);
  });

  it.each([
    [{ id: 'A b' }, 'rules.0.id: must consist of lower-case letters'],
    [{ action: 'deny' }, 'rules.0.action: must be one of allow, flag, redact, block'],
    [{ on: 'answer' }, 'rules.0.on: must be request, response or both'],
    [{ severity: 'bad' }, 'rules.0.severity: must be low'],
    [{ match: {} }, 'rules.0.match: must have any or all'],
    [{ match: { any: [] } }, 'rules.0.match.any: must not be empty'],
    [{ match: { unless: MATCH.any } }, 'rules.0.match: must have any or all'],
    [{ match: { any: [{ type: 'magic' }] } }, 'rules.0.match.any.0.type'],
    [{ match: { any: [{ words: ['x'] }] } }, 'rules.0.match.any.0.type'],
    [{ scope: { parts: ['body'] } }, 'rules.0.scope.parts.0: must be some of'],
    [{ scope: { parts: [] } }, 'rules.0.scope.parts: must name a part'],
    [{ when: { keys: [] } }, 'rules.0.when.keys: must not be empty'],
    [{ message: 'a\nb' }, 'rules.0.message: must not have control characters'],
    [{ match: REGEX }, 'rules.0.match.any.0.pattern: is not a valid RE2 expression'],
    [{ stream: { mode: 'cut' } }, 'rules.0.stream: applies to responses; the rule does not'],
    [{ on: 'response', stream: { window: 5 } }, 'rules.0.stream.window: must be at least 16'],
    [{ on: 'response', scope: { parts: ['user'] } }, 'rules.0.scope.parts: a response has only'],
    [
      { on: 'response', scope: { latest_turn_only: true } },
      'rules.0.scope.latest_turn_only: applies to requests',
    ],
    [
      { on: 'both', match: { any: [{ type: 'model', deny: ['x'] }] } },
      'rules.0.on: model applies only to requests',
    ],
    [
      {
        on: 'response',
        match: { ...MATCH, all: [LIMIT, LIMIT], unless: [{ type: 'tool', deny: ['x'] }] },
      },
      'rules.0.on: limit and tool apply only to requests',
    ],
    [
      { match: { any: [{ type: 'model', deny: ['x'] }], unless: MATCH.any } },
      'rules.0.match.unless: needs a text matcher in any or all',
    ],
    [
      { action: 'redact', match: { any: [{ type: 'model', deny: ['x'] }] } },
      'rules.0.match: redact needs text matchers in any',
    ],
    [{ action: 'redact', match: { all: MATCH.any } }, 'rules.0.match: redact needs'],
    [
      {
        action: 'redact',
        match: { any: [{ type: 'entity', entities: ['A'], count_min: 2 }] },
      },
      'rules.0.match: redact does not support count_min above 1',
    ],
    [
      { on: 'response', action: 'redact', stream: { mode: 'cut' } },
      'rules.0.stream.mode: redact needs the mode hold',
    ],
  ])('rejects a rule with %j', (fields, message) => {
    expect(() => compiled([{ id: 'a', match: MATCH, action: 'block', ...fields }])).toThrow(
      message,
    );
  });

  it('rejects duplicate rule ids', () => {
    const rule = { id: 'a', match: MATCH, action: 'flag' };
    expect(() => compiled([rule, rule])).toThrow('rules.1.id: duplicates the id of another rule');
  });

  it('reports all issues at once', () => {
    const rules = [
      { id: 'a', match: REGEX, action: 'block' },
      { id: 'b', match: { any: [{ type: 'keyword', words: { list: 'lost' } }] }, action: 'block' },
    ];
    expect(() => compiled(rules)).toThrow(/rules\.0\..*; rules\.1\./);
  });

  it('skips disabled rules, even invalid ones', () => {
    const off = { id: 'a', enabled: false, match: REGEX, action: 'block' };
    expect(compiled([off]).rules).toEqual([]);
  });

  it('accepts the default policy, which only flags', () => {
    const text = readFileSync('services/policy/default.yaml', 'utf8');
    const policy = compilePolicy(parsePolicyText(text), 'default', BARE_CONTEXT);
    expect(policy.rules.length).toBeGreaterThan(0);
    expect(new Set(policy.rules.map(({ action }) => action))).toEqual(new Set(['flag']));
  });

  it('either compiles any document or rejects it with paths', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const type = fc.constantFrom(
      'keyword',
      'near',
      'regex',
      'entity',
      'pack',
      'url',
      'code',
      'limit',
      'model',
      'tool',
      'webhook',
      'judge',
      'x',
    );
    const field = fc.constantFrom(
      'words',
      'a',
      'b',
      'within',
      'pattern',
      'entities',
      'pack',
      'allow',
      'deny',
      'languages',
      'max_images',
      'types',
      'url',
      'model',
      'prompt',
      'list',
      'constructor',
    );
    const matcher = fc
      .tuple(
        type,
        fc.dictionary(field, fc.oneof(value, fc.constant(['x']), fc.constant('x')), { maxKeys: 3 }),
      )
      .map(([name, fields]) => ({ type: name, ...fields }));
    const matchers = fc.array(fc.oneof(matcher, value), { maxLength: 3 });
    const rule = fc.record(
      {
        id: fc.oneof(fc.constantFrom('a', 'b'), value),
        on: fc.oneof(fc.constantFrom('request', 'response', 'both'), value),
        action: fc.oneof(fc.constantFrom('allow', 'flag', 'redact', 'block'), value),
        match: fc.record({ any: matchers, all: matchers, unless: matchers }, { requiredKeys: [] }),
        scope: value,
        when: value,
        stream: value,
      },
      { requiredKeys: ['id', 'action', 'match'] },
    );
    const policy = fc.oneof(
      value,
      fc.array(fc.oneof(rule, value), { maxLength: 4 }).map((rules) => policyOf(rules as object[])),
    );
    let accepted = 0;
    const pathless: string[] = [];
    checkProperty(
      fc.property(policy, (input) => {
        try {
          compilePolicy(input, 'x', BARE_CONTEXT);
          accepted += 1;
        } catch (error) {
          if (!(error instanceof PolicyError)) throw error;
          pathless.push(...error.issues.filter((issue) => !PATH.test(issue)));
        }
      }),
      { runs: 1_000 },
    );
    expect(pathless).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  });

  it('either parses any text or rejects it without quoting it', () => {
    const reasonOf = (text: string): string => {
      try {
        parsePolicyText(text);
        return 'is not YAML (the text was parsed)';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('a: [', '&a [*a, *b]', '- x: *y'),
    );
    checkProperty(
      fc.property(text, (input) => {
        expect(reasonOf(input)).toMatch(/^is not YAML/);
      }),
    );
  });
});
