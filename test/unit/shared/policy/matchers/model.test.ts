import { describe, expect, it } from 'vitest';
import { compiled, holds } from '../../../../kit/policies.ts';

const deny = (...globs: string[]) => ({ type: 'model', deny: globs });
const allow = (...globs: string[]) => ({ type: 'model', allow: globs });

describe('the model matcher', () => {
  it.each([
    [deny('claude-x'), ['claude-x'], true],
    [deny('CLAUDE-X'), ['claude-x'], true],
    [deny('claude-x'), ['claude-xy'], false],
    [deny('*-preview'), ['claude-preview'], true],
    [deny('*-preview'), ['claude-preview-2'], false],
    [deny('claude-?'), ['claude-x'], true],
    [deny('gpt-*'), ['claude-x', 'gpt-5'], true],
    [deny('x'), [], false],
    [allow('claude-*'), ['claude-x'], false],
    [allow('claude-*'), ['claude-x', 'gpt-5'], true],
    [allow('claude-*'), ['claude-opus-5-5[1m]'], false],
    [allow('claude-opus-5-5'), ['claude-opus-5-5[1m]'], true],
  ])('%j and %j: %s', (matcher, models, expected) => {
    expect(holds(matcher, { models })).toBe(expected);
  });

  it('holds where the upstream may choose a denied model', () => {
    const chosen = { models: ['claude-x', 'default'], isAnyModel: true };
    expect(holds(deny('gpt-*'), chosen)).toBe(true);
    expect(holds(allow('claude-*'), chosen)).toBe(true);
    expect(holds(allow('claude-*', 'default'), chosen)).toBe(false);
  });

  it.each([
    [{ type: 'model' }, 'must have either allow or deny'],
    [{ ...allow('a'), ...deny('b') }, 'must have either allow or deny'],
    [deny(), 'deny: must not be empty'],
    [deny(''), 'deny.0: must not be empty'],
  ])('rejects %j', (matcher, message) => {
    expect(() => compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }])).toThrow(
      message,
    );
  });
});
