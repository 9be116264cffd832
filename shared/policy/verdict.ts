// Reports a policy's hits: to the client the rule that rejected its request, to the log all of
// them. Never what was matched.

import { LlmpError } from '../errors.ts';
import type { Annotations } from '../annotations.ts';
import type { TokenUsage } from '../token-usage.ts';
import type { ExceededBound } from './matcher.ts';
import type { Policy, Rule } from './policy.ts';

const MESSAGE = 'The content policy does not allow this.';

/** The error of a blocking rule. */
export function blocked(
  rule: Rule,
  { label }: Policy,
  {
    annotations = {},
    usage,
    exceeded = [],
  }: {
    annotations?: Annotations;
    usage?: TokenUsage;
    exceeded?: readonly ExceededBound[];
  } = {},
): LlmpError {
  // Claude Code shows only the message, so it names the rule.
  const bounds = exceeded.map(
    ({ limit, max, sent }) => `${limit} is ${max}, the request has ${sent}`,
  );
  const reason = [`policy rule ${rule.id}`, ...bounds].join('; ');
  const message = `${rule.message ?? MESSAGE} (${reason})`;
  return new LlmpError('policy_blocked', message, {
    details: { rule: rule.id, policy: label },
    annotations,
    ...(usage ? { usage } : {}),
  });
}

/** Returns `{ policyHits: "block:codenames flag:injection" }`; in monitor mode `would-block:…`. */
export function annotationsOf(
  name: string,
  { enforces }: Policy,
  rules: readonly Rule[],
): Annotations {
  if (rules.length === 0) return {};
  const words = rules.map(({ id, action }) => `${enforces ? '' : 'would-'}${action}:${id}`);
  return { [name]: words.join(' ') };
}
