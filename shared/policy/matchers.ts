// All matchers. To add one, add a file in `matchers/` and a row to the table below; the policy schema,
// the compiler, the JSON Schema and the documentation follow.

import * as z from 'zod';
import type { Matcher, MatcherContext } from './matcher.ts';
import { codeMatcher } from './matchers/code.ts';
import { entityMatcher } from './matchers/entity.ts';
import { judgeMatcher } from './matchers/judge.ts';
import { keywordMatcher } from './matchers/keyword.ts';
import { limitMatcher } from './matchers/limit.ts';
import { modelMatcher } from './matchers/model.ts';
import { nearMatcher } from './matchers/near.ts';
import { packMatcher } from './matchers/pack.ts';
import { regexMatcher } from './matchers/regex.ts';
import { toolMatcher } from './matchers/tool.ts';
import { urlMatcher } from './matchers/url.ts';
import { webhookMatcher } from './matchers/webhook.ts';

/** By the `type` of a matcher in a policy file. */
const MATCHERS = {
  keyword: keywordMatcher,
  near: nearMatcher,
  regex: regexMatcher,
  entity: entityMatcher,
  pack: packMatcher,
  url: urlMatcher,
  code: codeMatcher,
  limit: limitMatcher,
  model: modelMatcher,
  tool: toolMatcher,
  webhook: webhookMatcher,
  judge: judgeMatcher,
};

type MatcherType = keyof typeof MATCHERS;
type Fields = { readonly [Type in MatcherType]: z.output<(typeof MATCHERS)[Type]['schema']> };
/** A union over `Type`, which keeps a matcher's fields and its compile function together. */
type Input<Type extends MatcherType> = {
  readonly [One in Type]: Fields[One] & { readonly type: One };
}[Type];

/** Apart only because a union must be seen not to be empty. */
const { keyword, ...others } = MATCHERS;

export const matcherSchema = z.discriminatedUnion('type', [
  keyword.schema,
  ...Object.values(others).map(({ schema }) => schema),
]);

const compilers: {
  readonly [Type in MatcherType]: {
    readonly compile: (input: Input<Type>, context: MatcherContext) => Matcher;
  };
} = MATCHERS;

/** @throws MatcherError if the input is valid but unusable */
export function compileMatcher<Type extends MatcherType>(
  input: Input<Type>,
  context: MatcherContext,
): Matcher {
  return compilers[input.type].compile(input, context);
}
