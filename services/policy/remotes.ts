// Asks the webhooks and judges of a policy about the texts of a request. Only what is not decided yet
// is asked, each question once: answers are remembered by the text's hash. What is not answered is
// told, so that the policy's `on_error` decides and not silence.

import { Memo } from '../../shared/runtime/lru-cache.ts';
import type { RemoteMatcher } from '../../shared/policy/matcher.ts';
import { asksAnybody, hasNoAny, type Policy, type Rule } from '../../shared/policy/policy.ts';
import type { Meeting } from '../../shared/policy/text-reader.ts';
import type { RuleSet } from './request-rules.ts';

export interface Asked {
  /** With what the remote matchers said. */
  readonly meetings: readonly Meeting[];
  readonly unanswered: readonly { readonly rule: Rule; readonly error: unknown }[];
}

export class Remotes {
  readonly #memo: Memo<boolean>;

  constructor(entriesMax: number) {
    this.#memo = new Memo(entriesMax);
  }

  /**
   * `meetings` are those of the set's rules with the text that `read` gives; `anyways` are rules of which
   * something in `any` holds already, whatever the text says.
   */
  async ask(
    { label }: Policy,
    { rules }: RuleSet,
    read: () => string,
    meetings: readonly Meeting[],
    anyways: ReadonlySet<Rule>,
    signal: AbortSignal,
  ): Promise<Asked> {
    if (!rules.some(asksAnybody)) return { meetings, unanswered: [] };
    const value = read();
    const unanswered: { rule: Rule; error: unknown }[] = [];
    const asked = rules.map(async (rule, index): Promise<Meeting> => {
      const meeting = meetings[index] ?? { any: false, all: false, ranges: [] };
      const { remotes } = rule;
      if (!asksAnybody(rule) || !meeting.all || value.trim() === '') return meeting;
      const holds = (matcher: RemoteMatcher, name: string) =>
        this.#holds(`${label} ${rule.id} ${name}`, matcher, value, signal);
      try {
        const any = meeting.any || anyways.has(rule) || (await some(remotes.any, holds, 'any'));
        if (!any && !hasNoAny(rule)) return meeting;
        const fails = async (...one: Parameters<typeof holds>) => !(await holds(...one));
        const all = !(await some(remotes.all, fails, 'all'));
        const excused = all && (await some(remotes.unless, holds, 'unless'));
        return { ...meeting, any, all: all && !excused };
      } catch (error) {
        signal.throwIfAborted();
        unanswered.push({ rule, error });
        return { ...meeting, all: false };
      }
    });
    return { meetings: await Promise.all(asked), unanswered };
  }

  async #holds(
    question: string,
    matcher: RemoteMatcher,
    text: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const key = `${Memo.keyOf(text)} ${question}`;
    const known = this.#memo.get(key);
    if (known !== undefined) return known;
    const answer = await matcher.ask(text, signal);
    this.#memo.set(key, answer);
    return answer;
  }
}

/** Whether one of them holds; the others are not asked then. */
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
