// Calls a policy's webhooks and LLM judges, but only for rules that are still undecided. Results are
// cached by text hash; failures are reported so that `on_error` decides.

import type { ConfirmContext } from '../../shared/protocol/stage.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import type { RemoteMatcher } from '../../shared/policy/matcher.ts';
import { hasRemoteMatchers, hasNoAny, type Policy, type Rule } from '../../shared/policy/policy.ts';
import type { RuleMatch } from '../../shared/policy/text-reader.ts';
import type { RuleSet } from './request-rules.ts';

export interface FailedCheck {
  readonly rule: Rule;
  readonly error: unknown;
}

export interface CheckedMatches {
  /** Updated with the results of the remote matchers. */
  readonly ruleMatches: readonly RuleMatch[];
  readonly failed: readonly FailedCheck[];
}

export class RemoteChecks {
  readonly #cache: LruCache<boolean>;

  constructor(entriesMax: number) {
    this.#cache = new LruCache(entriesMax);
  }

  /**
   * @param ruleMatches local matches of the set's rules against the text
   * @param preMatched rules whose `any` already holds regardless of the text
   */
  async check(
    { label }: Policy,
    { rules }: RuleSet,
    readText: () => string,
    ruleMatches: readonly RuleMatch[],
    preMatched: ReadonlySet<Rule>,
    context: ConfirmContext,
  ): Promise<CheckedMatches> {
    if (!rules.some(hasRemoteMatchers)) return { ruleMatches, failed: [] };
    const value = readText();
    const failed: FailedCheck[] = [];
    const checked = rules.map(async (rule, index): Promise<RuleMatch> => {
      const ruleMatch = ruleMatches[index] ?? { any: false, all: false, ranges: [] };
      const { remotes } = rule;
      if (!hasRemoteMatchers(rule) || !ruleMatch.all || value.trim() === '') return ruleMatch;
      const holds = (matcher: RemoteMatcher, name: string) =>
        this.#holds(`${label} ${rule.id} ${name}`, matcher, value, context);
      try {
        const any =
          ruleMatch.any || preMatched.has(rule) || (await some(remotes.any, holds, 'any'));
        if (!any && !hasNoAny(rule)) return ruleMatch;
        const fails = async (...args: Parameters<typeof holds>) => !(await holds(...args));
        const all = !(await some(remotes.all, fails, 'all'));
        const isException = all && (await some(remotes.unless, holds, 'unless'));
        return { ...ruleMatch, any, all: all && !isException };
      } catch (error) {
        context.signal.throwIfAborted();
        failed.push({ rule, error });
        return { ...ruleMatch, all: false };
      }
    });
    return { ruleMatches: await Promise.all(checked), failed };
  }

  async #holds(
    question: string,
    matcher: RemoteMatcher,
    text: string,
    { signal, confirm }: ConfirmContext,
  ): Promise<boolean> {
    const key = `${LruCache.keyOf(text)} ${question}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    await confirm();
    const holds = await matcher.ask(text, signal);
    this.#cache.set(key, holds);
    return holds;
  }
}

/** Whether any matcher holds; stops at the first one that does. */
async function some(
  matchers: readonly RemoteMatcher[],
  holds: (matcher: RemoteMatcher, name: string) => Promise<boolean>,
  group: string,
): Promise<boolean> {
  for (const [index, matcher] of matchers.entries()) {
    if (await holds(matcher, `${group} ${index}`)) return true;
  }
  return false;
}
