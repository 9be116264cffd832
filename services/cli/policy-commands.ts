// The operator's commands about policies: is a file usable, what would it do to a sample, does it do
// what a table of cases says. They need no gateway and no store.

import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import * as z from 'zod';
import { ACTIONS, policySchema } from '../../shared/policy/document.ts';
import type { PolicyKit } from '../../shared/policy/compile.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { Output } from './commands.ts';
import { UsageError, type Line, type PolicyCommand } from './command-line.ts';
import { parsePolicyText } from '../config/policy-files.ts';
import { compileAll } from '../host/policy-watch.ts';
import type { Trial, TryPolicy } from './policy-dry-run.ts';

export interface PolicyTools {
  readonly kit: PolicyKit;
  readonly tryPolicy: TryPolicy;
}

const testCase = z.strictObject({
  name: z.string().min(1),
  /** One of these: a request's body, a user's text, or a text that the model writes. */
  request: z.looseObject({}).exactOptional(),
  text: z.string().exactOptional(),
  answer: z.string().exactOptional(),
  key: z.string().default(''),
  team: z.string().exactOptional(),
  model: z.string().default('claude-sonnet-5-5'),
  expect: z.enum(ACTIONS),
  /** All rules that hit, in any order; not looked at without. */
  rules: z.array(z.string()).exactOptional(),
});

const casesFile = z.strictObject({ cases: z.array(testCase).min(1) });

type TestCase = z.output<typeof testCase>;

/** Whether all is well: false where a case failed. Rejects where a file is not usable. */
export async function runPolicyCommand(
  { command, target, options }: Line<PolicyCommand>,
  { kit, tryPolicy }: PolicyTools,
  { line, note }: Output,
): Promise<boolean> {
  if (command === 'policy schema') {
    line(policyJsonSchema());
    return true;
  }
  const policy = await readPolicy(target, kit);
  if (command === 'policy test') {
    const trials = await runCases(policy, await readCases(options['cases']), tryPolicy);
    for (const { name, onError } of trials)
      line(onError === '' ? `ok    ${name}` : `FAIL  ${name}: ${onError}`);
    const failed = trials.filter(({ onError }) => onError !== '').length;
    note(`${trials.length - failed} passed, ${failed} failed`);
    return failed === 0;
  }
  for (const rule of policy.rules) line(`${rule.action}\t${rule.id}\t${scopeText(rule)}`);
  note(`${policy.label} is usable; it ${policy.enforces ? 'enforces' : 'monitors'}`);
  const { sample, key = '', team } = options;
  if (sample === undefined) return true;
  const trial = await tryPolicy(policy, await textOf(sample), { key, team });
  for (const text of trialLines(trial)) line(text);
  return true;
}

/** The JSON Schema of policy files, for editors. */
export function policyJsonSchema(): string {
  const schema = z.toJSONSchema(policySchema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'ref',
  });
  return JSON.stringify(
    { $id: 'llmp-policy.schema.json', title: 'llmp policy', ...schema },
    null,
    2,
  );
}

async function readPolicy(path: string, kit: PolicyKit): Promise<Policy> {
  const name = basename(path, extname(path));
  const [policy] = compileAll([{ name, path, text: await textOf(path) }], kit).values();
  if (!policy) throw new Error(`${path}: holds no policy`);
  return policy;
}

async function readCases(path: string | undefined): Promise<readonly TestCase[]> {
  if (path === undefined) throw new UsageError('policy test needs --cases FILE');
  const read = casesFile.safeParse(parsePolicyText(await textOf(path)));
  if (read.success) return read.data.cases;
  const faults = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${path}: ${faults.join('; ')}`);
}

async function runCases(policy: Policy, cases: readonly TestCase[], tryPolicy: TryPolicy) {
  const trials: { name: string; onError: string }[] = [];
  for (const one of cases) {
    const { key, team } = one;
    const trial = await tryPolicy(policy, JSON.stringify(sampleOf(one)), { key, team });
    trials.push({ name: one.name, onError: faultOf(one, trial) });
  }
  return trials;
}

function sampleOf({ request, text, answer, model }: TestCase): unknown {
  if (request) return { model, ...request };
  if (answer === undefined) return { model, messages: [{ role: 'user', content: text ?? '' }] };
  return { type: 'message', role: 'assistant', model, content: [{ type: 'text', text: answer }] };
}

function faultOf({ expect, rules }: TestCase, { action, hits, unanswered }: Trial): string {
  if (unanswered.length > 0) return `no answer for ${unanswered.join(', ')}`;
  const ids = hits.map(({ rule }) => rule.id).toSorted((a, b) => (a < b ? -1 : 1));
  const found = `${action} by ${ids.join(', ') || 'no rule'}`;
  if (action !== expect) return `expected ${expect}, got ${found}`;
  const wanted = rules?.toSorted((a, b) => (a < b ? -1 : 1));
  return wanted === undefined || wanted.join() === ids.join()
    ? ''
    : `expected the rules ${wanted.join(', ') || 'none'}, got ${found}`;
}

function* trialLines({ action, hits, unanswered }: Trial): Generator<string> {
  yield `sample: ${action}`;
  for (const { rule, places } of hits) {
    yield `  ${rule.action}\t${rule.id}\t${rule.severity}`;
    for (const place of places) yield `    ${place}`;
  }
  for (const id of unanswered) yield `  no answer for ${id}`;
}

function scopeText({
  onRequest,
  onResponse,
  parts,
  latestTurnOnly,
}: Policy['rules'][number]): string {
  const on = [onRequest ? 'request' : '', onResponse ? 'response' : ''].filter(
    (word) => word !== '',
  );
  return [on.join(' and '), [...parts].join(','), latestTurnOnly ? 'latest turn only' : '']
    .filter((word) => word !== '')
    .join('\t');
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`${path}: is not a file that can be read`);
  });
}
