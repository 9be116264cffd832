// Policies for tests: as a file would say them, and compiled with nothing around them.

import { compilePolicy, type PolicyKit } from '../../shared/policy/compile.ts';
import { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { RequestFacts } from '../../shared/policy/request-facts.ts';

/** Finds no personal data, has no model to ask and no clock. */
export const BARE_KIT: PolicyKit = {
  scan: () => [],
  deadline: (_, signal, work) => work(signal),
};

/** A policy file of these rules. */
export function policyOf(rules: readonly object[], more: object = {}) {
  return { version: 1, rules, ...more };
}

/** A rule's match: some words. */
export function words(...list: readonly string[]) {
  return { any: [{ type: 'keyword', words: list }] };
}

/** The default policy of these rules. */
export function compiled(
  rules: readonly object[],
  more: object = {},
  kit: Partial<PolicyKit> = {},
): Policy {
  return compilePolicy(policyOf(rules, more), 'default@test', { ...BARE_KIT, ...kit });
}

/** In force for keys that name none. */
export function policiesOf(policy: Policy): Policies {
  return new Policies(new Map([['default', policy]]));
}

/** Nothing is forbidden. */
export const NO_RULES: Policies = policiesOf(compiled([]));

/** What one matcher of texts finds in a text. */
export function found(
  matcher: object,
  text: string,
  more: object = {},
  kit: Partial<PolicyKit> = {},
): string[] {
  const rule = { id: 'a', match: { any: [matcher] }, action: 'flag' };
  const policy = compiled([rule], more, kit);
  const [one] = policy.rules[0]?.texts.any ?? [];
  if (!one) throw new Error('the matcher does not look at texts');
  return one.find(policy.view(text, false)).map(({ start, end }) => text.slice(start, end));
}

/** Whether one matcher of requests holds. */
export function holds(matcher: object, facts: Partial<RequestFacts>): boolean {
  const policy = compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }]);
  const [one] = policy.rules[0]?.requests.any ?? [];
  if (!one) throw new Error('the matcher does not look at requests');
  return one.holds({ ...NO_FACTS, ...facts });
}

const NO_FACTS: RequestFacts = {
  models: [],
  tools: [],
  inputTokens: 0,
  outputTokens: 0,
  bodyBytes: 0,
  images: 0,
};
