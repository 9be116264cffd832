import { describe, expect, it } from 'vitest';
import { compiled, holds } from '../../../../kit/policies.ts';

const TOOLS = [
  { name: 'Bash', kind: 'client' as const },
  { name: 'web_search', kind: 'server' as const },
  { name: 'mcp__github__create_issue', kind: 'mcp' as const },
];

describe('the tool matcher', () => {
  it.each([
    [{ deny: ['bash'] }, true],
    [{ deny: ['Read'] }, false],
    [{ deny: ['mcp__github__*'] }, true],
    [{ deny: ['Bash'], types: ['server', 'mcp'] }, false],
    [{ allow: ['Bash', 'web_*', 'mcp__*'] }, false],
    [{ allow: ['Bash'] }, true],
    [{ allow: ['Bash'], types: ['client'] }, false],
    [{ types: ['mcp'] }, true],
  ])('%j: %s', (fields, expected) => {
    expect(holds({ type: 'tool', ...fields }, { tools: TOOLS })).toBe(expected);
  });

  it.each([
    [{ allow: ['jira'] }, false],
    [{ allow: ['drop'] }, true],
    [{ deny: ['drop'] }, true],
    [{ deny: ['jira'] }, true],
    [{ deny: ['mcp__jira__*'] }, true],
    [{ deny: ['mcp__jira__drop'] }, true],
    [{ deny: ['mcp__jira__read'] }, false],
    [{ allow: ['mcp__jira__*'] }, true],
    [{ types: ['server'] }, false],
  ])('%j for a remote MCP server and one of its tools: %s', (fields, expected) => {
    const tools = [
      { name: 'jira', kind: 'mcp' as const },
      { name: 'drop', kind: 'mcp' as const, server: 'jira' },
    ];
    expect(holds({ type: 'tool', ...fields }, { tools })).toBe(expected);
  });

  it('does not hold without a matching tool', () => {
    expect(holds({ type: 'tool', types: ['mcp'] }, { tools: TOOLS.slice(0, 2) })).toBe(false);
    expect(holds({ type: 'tool', allow: ['Bash'] }, { tools: [] })).toBe(false);
  });

  it.each([
    [{}, 'must have allow, deny or types'],
    [{ allow: ['a'], deny: ['b'] }, 'must have allow or deny, not both'],
    [{ types: ['local'] }, 'types.0: must be some of client, server, mcp'],
  ])('rejects %j', (fields, message) => {
    const rule = { id: 'a', match: { any: [{ type: 'tool', ...fields }] }, action: 'flag' };
    expect(() => compiled([rule])).toThrow(message);
  });
});
