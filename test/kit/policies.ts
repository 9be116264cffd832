// Policies for tests, as documents and compiled.

import { compilePolicy, type PolicyContext } from '../../shared/policy/compile.ts';
import type { TextMatcher } from '../../shared/policy/matcher.ts';
import { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import { mayMatch } from '../../shared/policy/text-reader.ts';
import type { RequestFacts } from '../../shared/policy/request-facts.ts';

/** Finds no personal data, and has no model and no clock. */
export const BARE_CONTEXT: PolicyContext = {
  scan: () => [],
  deadline: (_, signal, work) => work(signal),
};

/** Returns a policy document. */
export function policyOf(rules: readonly object[], more: object = {}) {
  return { version: 1, rules, ...more };
}

/** Returns a `match` clause for words. */
export function words(...list: readonly string[]) {
  return { any: [{ type: 'keyword', words: list }] };
}

/** Compiles a policy of these rules. */
export function compiled(
  rules: readonly object[],
  more: object = {},
  context: Partial<PolicyContext> = {},
): Policy {
  return compilePolicy(policyOf(rules, more), 'default@test', { ...BARE_CONTEXT, ...context });
}

/** Returns the policies with `policy` as the default. */
export function policiesOf(policy: Policy): Policies {
  return new Policies(new Map([['default', policy]]));
}

/** Forbids nothing. */
export const NO_RULES: Policies = policiesOf(compiled([]));

/** Returns what a text matcher finds in a text. */
export function found(
  matcher: object,
  text: string,
  more: object = {},
  context: Partial<PolicyContext> = {},
): string[] {
  const { one, policy } = textMatcherOf(matcher, more, context);
  const view = policy.view(text, false);
  const ranges = one.find(view);
  if (ranges.length > 0 && !mayMatch(one, view)) throw new Error('it would not be read');
  return ranges.map(({ start, end }) => text.slice(start, end));
}

/** A text matcher, and a policy with only that one. */
export function textMatcherOf(
  matcher: object,
  more: object = {},
  context: Partial<PolicyContext> = {},
): { one: TextMatcher; policy: Policy } {
  const rule = { id: 'a', match: { any: [matcher] }, action: 'flag' };
  const policy = compiled([rule], more, context);
  const [one] = policy.rules[0]?.texts.any ?? [];
  if (!one) throw new Error('the matcher is not a text matcher');
  return { one, policy };
}

/** Whether a request matcher holds. */
export function holds(matcher: object, facts: Partial<RequestFacts>): boolean {
  const policy = compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }]);
  const [one] = policy.rules[0]?.requests.any ?? [];
  if (!one) throw new Error('the matcher is not a request matcher');
  return one.holds({ ...NO_FACTS, ...facts });
}

const NO_FACTS: RequestFacts = {
  models: [],
  isAnyModel: false,
  tools: [],
  inputTokens: 0,
  outputTokens: 0,
  bodyBytes: 0,
  images: 0,
};
