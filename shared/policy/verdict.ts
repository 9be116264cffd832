// What is said of a policy's hits: to the client the rule that refused its request, to the people who
// run the gateway all of them. Never what was matched.

import { LlmpError } from '../errors.ts';
import type { Annotations } from '../annotations.ts';
import type { TokenUsage } from '../metering/token-usage.ts';
import type { Policy, Rule } from './policy.ts';

const MESSAGE = 'This is not allowed by the content policy.';

/** The refusal that a blocking rule stands for. */
export function blocked(
  rule: Rule,
  { label }: Policy,
  { annotations = {}, usage }: { annotations?: Annotations; usage?: TokenUsage } = {},
): LlmpError {
  // Claude Code shows the message and nothing else, so the rule's name is in it.
  const message = `${rule.message ?? MESSAGE} (policy rule ${rule.id})`;
  return new LlmpError('policy_blocked', message, {
    details: { rule: rule.id, policy: label },
    annotations,
    ...(usage ? { usage } : {}),
  });
}

/** `{ policyHits: "block:codenames flag:injection" }`; `would-block:…` where nothing is enforced. */
export function annotationsOf(
  name: string,
  { enforces }: Policy,
  rules: readonly Rule[],
): Annotations {
  if (rules.length === 0) return {};
  const words = rules.map(({ id, action }) => `${enforces ? '' : 'would-'}${action}:${id}`);
  return { [name]: words.join(' ') };
}
