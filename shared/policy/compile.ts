// From a policy as it is written to one that can be applied. What cannot be meant so is refused here,
// each fault with its path: a rule that never hits, or hits otherwise than its author thinks, is worse
// than none.

import {
  ANSWER_PARTS,
  PARTS,
  policySchema,
  type PolicyDocument,
  type RuleDocument,
} from './document.ts';
import { compileGlobs } from './glob.ts';
import { Lexicon } from './lexicon.ts';
import {
  MatcherError,
  type Matcher,
  type MatcherKit,
  type RemoteMatcher,
  type RequestMatcher,
  type TextMatcher,
} from './matcher.ts';
import { compileMatcher } from './matchers.ts';
import type { Caller, MatchersOf, Policy, Rule } from './policy.ts';
import { textView } from './text-view.ts';

/** What policies are compiled with, beside themselves. */
export type PolicyKit = Omit<MatcherKit, 'lists' | 'words'>;

type Path = readonly PropertyKey[];

interface Fault {
  readonly path: Path;
  readonly message: string;
}

/** Everything that is wrong with a policy, in one message: a path and a reason each. */
export class PolicyError extends Error {
  override readonly name = 'PolicyFault';

  /** `rules.3.match.any.0.pattern: matches the empty text`. */
  readonly faults: readonly string[];

  constructor(faults: readonly Fault[]) {
    const lines = faults.map(({ path, message }) => `${pathText(path)}: ${message}`);
    super(lines.join('; '));
    this.faults = lines;
  }
}

const WINDOW_UNITS = 512;

/**
 * `written` is the parsed file.
 * @param label name and version, for logs
 * @throws PolicyFault
 */
export function compilePolicy(written: unknown, label: string, kit: PolicyKit): Policy {
  const read = policySchema.safeParse(written);
  if (!read.success) throw new PolicyError(read.error.issues);
  const { mode, on_error: onError, lists, rules } = read.data;
  const lexicon = new Lexicon();
  const matcherKit: MatcherKit = {
    ...kit,
    lists,
    words: (words, options) => lexicon.add(words, options),
  };
  const faults = [...contradictions(read.data)];
  const compiled = rules.flatMap((rule, index) => {
    if (!rule.enabled) return [];
    const known = faults.length;
    const matchers = compileMatch(rule, ['rules', index, 'match'], matcherKit, faults);
    // Without all of its matchers a rule looks wrong in ways it is not.
    if (faults.length === known) faults.push(...misfits(rule, matchers, ['rules', index]));
    return ruleOf(rule, matchers);
  });
  if (faults.length > 0) throw new PolicyError(faults);
  const words = lexicon.compile();
  return {
    label,
    enforces: mode === 'enforce',
    opensOnError: onError === 'open',
    rules: compiled,
    view: (text, goesOn, isClean) =>
      textView(text, goesOn, words, isClean ? findsNothing : kit.scan),
  };
}

const findsNothing: PolicyKit['scan'] = () => [];

function pathText(path: Path): string {
  return path.map(String).join('.') || 'file';
}

function compileMatch(
  { match }: RuleDocument,
  path: Path,
  kit: MatcherKit,
  faults: Fault[],
): MatchersOf<Matcher> {
  const compiled = (name: 'any' | 'all' | 'unless') =>
    (match[name] ?? []).flatMap((input, index) => {
      try {
        return compileMatcher(input, kit);
      } catch (thrown) {
        if (!(thrown instanceof MatcherError)) throw thrown;
        faults.push({ path: [...path, name, index, ...thrown.path], message: thrown.message });
        return [];
      }
    });
  return { any: compiled('any'), all: compiled('all'), unless: compiled('unless') };
}

function ruleOf(rule: RuleDocument, matchers: MatchersOf<Matcher>): Rule {
  const texts = pick(matchers, isText);
  const reach = Math.max(0, ...[...texts.any, ...texts.all].map(({ after }) => after));
  return {
    id: rule.id,
    action: rule.action,
    severity: rule.severity,
    message: rule.message,
    onRequest: rule.on !== 'response',
    onResponse: rule.on !== 'request',
    parts: new Set(rule.scope?.parts ?? PARTS),
    latestTurnOnly: rule.scope?.latest_turn_only ?? false,
    holds: ['block', 'redact'].includes(rule.action) && rule.stream?.mode !== 'cut',
    window: rule.stream?.window ?? Math.min(reach, WINDOW_UNITS),
    isFor: callerTest(rule),
    texts,
    requests: pick(matchers, isRequest),
    remotes: pick(matchers, isRemote),
  };
}

function callerTest({ when }: RuleDocument): (caller: Caller) => boolean {
  const [isKey, isTeam, isModel] = [fits(when?.keys), fits(when?.teams), fits(when?.models)];
  return ({ key, team, model }) => isKey(key) && isTeam(team) && isModel(model);
}

/** Everybody fits where nobody is named; who has no name fits no glob. */
function fits(globs: readonly string[] | undefined): (name: string | undefined) => boolean {
  if (globs === undefined) return () => true;
  const isNamed = compileGlobs(globs);
  return (name) => name !== undefined && isNamed(name);
}

/** What is wrong among rules. */
function* contradictions({ rules }: PolicyDocument): Generator<Fault> {
  const ids = rules.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    yield { path: ['rules', index, 'id'], message: 'is the id of another rule, too' };
  }
}

/** What is wrong within one rule, though each part of it is well written. */
function* misfits(rule: RuleDocument, matchers: MatchersOf<Matcher>, path: Path): Generator<Fault> {
  const onError = (message: string, ...at: Path) => ({ path: [...path, ...at], message });
  const { any, all, unless } = matchers;
  const { on, action, scope, stream } = rule;
  if (on !== 'request' && ![...any, ...all, ...unless].every(isText)) {
    yield onError('limit, model, tool, webhook and judge look at requests only', 'on');
  }
  if (on === 'request' && stream) yield onError('is about answers; the rule is not', 'stream');
  if (on === 'response' && scope?.latest_turn_only === true) {
    yield onError('is about requests; the rule is not', 'scope', 'latest_turn_only');
  }
  if (on !== 'request' && scope?.parts?.some((part) => ANSWER_PARTS.includes(part)) === false) {
    yield onError(`an answer has only the parts ${ANSWER_PARTS.join(' and ')}`, 'scope', 'parts');
  }
  if (unless.some(isText) && ![...any, ...all].some(isText)) {
    yield onError('excuses words of matchers in any or all; there are none', 'match', 'unless');
  }
  if (action !== 'redact') return;
  const spans = any.filter(isText);
  if (spans.length === 0 || spans.length < any.length || all.some((one) => !isRequest(one))) {
    const needed = 'redact needs matchers of texts in any, and no others but of requests in all';
    yield onError(needed, 'match');
  }
  if (spans.some(({ countMin = 1 }) => countMin > 1)) {
    yield onError('redact cannot wait for a count', 'match');
  }
  if (stream?.mode === 'cut') yield onError('redact needs hold', 'stream', 'mode');
}

function pick<Kind extends Matcher>(
  { any, all, unless }: MatchersOf<Matcher>,
  is: (matcher: Matcher) => matcher is Kind,
): MatchersOf<Kind> {
  return { any: any.filter(is), all: all.filter(is), unless: unless.filter(is) };
}

function isText(matcher: Matcher): matcher is TextMatcher {
  return matcher.kind === 'text';
}

function isRequest(matcher: Matcher): matcher is RequestMatcher {
  return matcher.kind === 'request';
}

function isRemote(matcher: Matcher): matcher is RemoteMatcher {
  return matcher.kind === 'remote';
}
