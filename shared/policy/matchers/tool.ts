// Tests the tools of a request: client tools, upstream tools, and MCP servers, which receive data.

import * as z from 'zod';
import { compileGlobs, globs } from '../glob.ts';
import type { RequestMatcher } from '../matcher.ts';
import { TOOL_KINDS, type ToolKind } from '../request-facts.ts';

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
        .some(({ name }) => (isAllowed ? !isAllowed(name) : isDenied(name))),
  };
}
