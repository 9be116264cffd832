// Compiles a policy document. Contradictory policies are rejected with the path of every issue: a
// rule that never matches, or matches unexpectedly, is worse than none.

import {
  RESPONSE_PARTS,
  PARTS,
  policySchema,
  type PolicyDocument,
  type RuleDocument,
} from './document.ts';
import { finished } from '../runtime/finished.ts';
import { EvidenceBook } from './evidence.ts';
import { compileGlobs } from './glob.ts';
import { Lexicon } from './lexicon.ts';
import {
  MatcherError,
  type Matcher,
  type MatcherContext,
  type RemoteMatcher,
  type RequestMatcher,
  type TextMatcher,
} from './matcher.ts';
import { compileMatcher } from './matchers.ts';
import type { Caller, MatchersOf, Policy, Rule } from './policy.ts';
import { textView } from './text-view.ts';

/** Dependencies of the compiler. */
export interface PolicyContext extends Omit<MatcherContext, 'lists' | 'words' | 'evidence'> {
  /** Shared by policies, so that one kernel searches for what all of them look for; by default, one of its own. */
  readonly evidence?: EvidenceBook;
}

type Path = readonly PropertyKey[];

interface Issue {
  readonly path: Path;
  readonly message: string;
}

/** Reports every issue of a policy in one message, each with its path. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  /** For example `rules.3.match.any.0.pattern: matches the empty text`. */
  readonly issues: readonly string[];

  constructor(issues: readonly Issue[]) {
    const lines = issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
    super(lines.join('; '));
    this.issues = lines;
  }
}

const WINDOW_CHARS = 512;

/**
 * @param input the parsed file
 * @param label name and version, for logs
 * @throws PolicyError
 */
export function compilePolicy(input: unknown, label: string, context: PolicyContext): Policy {
  return finished(policySteps(input, label, context));
}

/** Like `compilePolicy`, in steps of one rule. */
export function* policySteps(
  input: unknown,
  label: string,
  context: PolicyContext,
): Generator<void, Policy> {
  const parsed = policySchema.safeParse(input);
  if (!parsed.success) throw new PolicyError(parsed.error.issues);
  const { mode, on_error: onError, lists, rules } = parsed.data;
  const lexicon = new Lexicon();
  const { evidence = new EvidenceBook(), scan } = context;
  const matcherContext: MatcherContext = {
    ...context,
    lists,
    words: (words, options) => lexicon.add(words, options),
    evidence: (one) => evidence.add(one),
  };
  const issues = [...conflictsBetween(parsed.data)];
  const compiled: Rule[] = [];
  for (const [index, rule] of rules.entries()) {
    yield;
    if (!rule.enabled) continue;
    const issuesBefore = issues.length;
    const matchers = compileMatch(rule, ['rules', index, 'match'], matcherContext, issues);
    // A rule with a broken matcher would report misleading issues.
    if (issues.length === issuesBefore)
      issues.push(...conflictsWithin(rule, matchers, ['rules', index]));
    compiled.push(ruleOf(rule, matchers));
  }
  if (issues.length > 0) throw new PolicyError(issues);
  yield;
  const viewContext = { lexicon: lexicon.compile(), evidence, scan };
  return {
    label,
    enforces: mode === 'enforce',
    opensOnError: onError === 'open',
    rules: compiled,
    view: (text, hasMore, isClean = false, found) =>
      textView(text, hasMore, isClean, viewContext, found),
    foundIn: (text) => evidence.foundIn(text),
  };
}

function pathText(path: Path): string {
  return path.map(String).join('.') || 'file';
}

function compileMatch(
  { match }: RuleDocument,
  path: Path,
  context: MatcherContext,
  issues: Issue[],
): MatchersOf<Matcher> {
  const compiled = (name: 'any' | 'all' | 'unless') =>
    (match[name] ?? []).flatMap((input, index) => {
      try {
        return compileMatcher(input, context);
      } catch (error) {
        if (!(error instanceof MatcherError)) throw error;
        issues.push({ path: [...path, name, index, ...error.path], message: error.message });
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
    window: rule.stream?.window ?? Math.min(reach, WINDOW_CHARS),
    isFor: callerTest(rule),
    texts,
    requests: pick(matchers, isRequest),
    remotes: pick(matchers, isRemote),
  };
}

function callerTest({ when }: RuleDocument): (caller: Caller) => boolean {
  const [isKey, isTeam, isModel] = [
    nameTest(when?.keys),
    nameTest(when?.teams),
    nameTest(when?.models),
  ];
  return ({ key, team, model, isAnyModel }) =>
    isKey(key) && isTeam(team) && (isAnyModel === true || isModel(model));
}

/** Matches everybody without globs; an absent name matches no glob. */
function nameTest(globs: readonly string[] | undefined): (name: string | undefined) => boolean {
  if (globs === undefined) return () => true;
  const isNamed = compileGlobs(globs);
  return (name) => name !== undefined && isNamed(name);
}

/** Yields conflicts between rules. */
function* conflictsBetween({ rules }: PolicyDocument): Generator<Issue> {
  const ids = rules.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) === index) continue;
    yield { path: ['rules', index, 'id'], message: 'duplicates the id of another rule' };
  }
}

/** Yields conflicts within one rule whose fields are all valid. */
function* conflictsWithin(
  rule: RuleDocument,
  matchers: MatchersOf<Matcher>,
  path: Path,
): Generator<Issue> {
  const issue = (message: string, ...at: Path) => ({ path: [...path, ...at], message });
  const { any, all, unless } = matchers;
  const { on, action, scope, stream } = rule;
  const forRequests = typesBesideText(rule, matchers);
  if (on !== 'request' && forRequests.length > 0) {
    const verb = forRequests.length === 1 ? 'applies' : 'apply';
    yield issue(`${forRequests.join(' and ')} ${verb} only to requests`, 'on');
  }
  if (on === 'request' && stream) yield issue('applies to responses; the rule does not', 'stream');
  if (on === 'response' && scope?.latest_turn_only === true) {
    yield issue('applies to requests; the rule does not', 'scope', 'latest_turn_only');
  }
  if (on !== 'request' && scope?.parts?.some((part) => RESPONSE_PARTS.includes(part)) === false) {
    yield issue(`a response has only the parts ${RESPONSE_PARTS.join(' and ')}`, 'scope', 'parts');
  }
  if (unless.some(isText) && ![...any, ...all].some(isText)) {
    yield issue('needs a text matcher in any or all to make exceptions to', 'match', 'unless');
  }
  if (action !== 'redact') return;
  const textMatchers = any.filter(isText);
  if (
    textMatchers.length === 0 ||
    textMatchers.length < any.length ||
    all.some((one) => !isRequest(one))
  ) {
    const needed = 'redact needs text matchers in any, and only request matchers in all';
    yield issue(needed, 'match');
  }
  if (textMatchers.some(({ countMin = 1 }) => countMin > 1)) {
    yield issue('redact does not support count_min above 1', 'match');
  }
  if (stream?.mode === 'cut') yield issue('redact needs the mode hold', 'stream', 'mode');
}

/** The types of matchers that do not read texts; `matchers` are those of the rule, in its order. */
function typesBesideText({ match }: RuleDocument, matchers: MatchersOf<Matcher>): string[] {
  const names = ['any', 'all', 'unless'] as const;
  const inputs = names.flatMap((name) => match[name] ?? []);
  const compiled = names.flatMap((name) => matchers[name]);
  const others = inputs.filter((_, index) => compiled[index]?.kind !== 'text');
  return [...new Set(others.map(({ type }) => type))];
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
