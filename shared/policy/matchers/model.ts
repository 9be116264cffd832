// Tests all models a request names: the requested one, fallbacks and advisors.

import * as z from 'zod';
import { compileGlobs, globs } from '../glob.ts';
import type { RequestMatcher } from '../matcher.ts';

const schema = z
  .strictObject({
    type: z.literal('model'),
    allow: globs.exactOptional(),
    deny: globs.exactOptional(),
  })
  .refine(({ allow, deny }) => (allow === undefined) !== (deny === undefined), {
    error: 'must have either allow or deny',
  });

export const modelMatcher = { schema, compile };

/** Holds if a model is denied or not allowed; a model that the upstream chooses may be a denied one. */
function compile({ allow, deny = [] }: z.output<typeof schema>): RequestMatcher {
  const isAllowed = allow && compileGlobs(allow);
  const isDenied = compileGlobs(deny);
  return {
    kind: 'request',
    holds: ({ models, isAnyModel }) =>
      isAllowed
        ? models.some((model) => !isAllowed(model))
        : isAnyModel || models.some((model) => isDenied(model)),
  };
}
