// Tests the tools of a request: client tools, upstream tools, and MCP servers, which receive data.

import * as z from 'zod';
import { compileGlobs, globs } from '../glob.ts';
import type { RequestMatcher } from '../matcher.ts';
import type { ToolFact } from '../request-facts.ts';
import { TOOL_KINDS, type ToolKind } from '../../anthropic/declared-tool.ts';

const schema = z
  .strictObject({
    type: z.literal('tool'),
    allow: globs.exactOptional(),
    deny: globs.exactOptional(),
    /** All kinds by default. */
    types: z
      .array(z.enum(TOOL_KINDS, { error: `must be some of ${TOOL_KINDS.join(', ')}` }))
      .min(1, { error: 'must not be empty; leave it out for all' })
      .exactOptional(),
  })
  .refine(({ allow, deny }) => allow === undefined || deny === undefined, {
    error: 'must have allow or deny, not both',
  })
  .refine(({ allow, deny, types }) => [allow, deny, types].some((field) => field !== undefined), {
    error: 'must have allow, deny or types',
  });

export const toolMatcher = { schema, compile };

/** Holds if a tool of these kinds is denied or not allowed. */
function compile({ allow, deny = ['*'], ...input }: z.output<typeof schema>): RequestMatcher {
  const types: readonly ToolKind[] = input.types ?? TOOL_KINDS;
  const isAllowed = allow && compileGlobs(allow);
  const isDenied = compileGlobs(deny);
  return {
    kind: 'request',
    holds: ({ tools }) =>
      tools
        .filter(({ kind }) => types.includes(kind))
        .some((tool) =>
          isAllowed
            ? // A tool of an MCP server is allowed with its server.
              !isAllowed(tool.name) && !(tool.server !== undefined && isAllowed(tool.server))
            : isDenied(tool.name) || isDenied(qualifiedName(tool)),
        ),
  };
}

/** As Claude Code names the tools of MCP servers: `mcp__github__create_issue`, `mcp__github__`. */
function qualifiedName({ name, kind, server }: ToolFact): string {
  if (kind !== 'mcp') return name;
  return server === undefined ? `mcp__${name}__` : `mcp__${server}__${name}`;
}
