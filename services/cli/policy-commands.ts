// The commands about policies: validate a file, try it on a sample, run a table of test cases. They need
// neither a gateway nor a store.

import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import * as z from 'zod';
import { ACTIONS, policySchema } from '../../shared/policy/document.ts';
import type { PolicyContext } from '../../shared/policy/compile.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { Output } from './commands.ts';
import { UsageError, type ParsedCommand, type PolicyCommand } from './command-line.ts';
import { parsePolicyText } from '../config/policy-files.ts';
import { compileAll } from '../host/policy-watch.ts';
import type { DryRunResult, DryRunPolicy } from './policy-dry-run.ts';

export interface PolicyTools {
  readonly context: PolicyContext;
  readonly dryRunPolicy: DryRunPolicy;
}

const testCaseSchema = z.strictObject({
  name: z.string().min(1),
  /** Exactly one of: a request body, a user's text, or a text of the model. */
  request: z.looseObject({}).exactOptional(),
  text: z.string().exactOptional(),
  response: z.string().exactOptional(),
  key: z.string().default(''),
  team: z.string().exactOptional(),
  model: z.string().default('claude-sonnet-5-5'),
  expect: z.enum(ACTIONS),
  /** All rules that match, in any order; not checked when absent. */
  rules: z.array(z.string()).exactOptional(),
});

const casesFile = z.strictObject({ cases: z.array(testCaseSchema).min(1) });

type TestCase = z.output<typeof testCaseSchema>;

/** @returns False when a test case failed. @throws When a file is invalid. */
export async function runPolicyCommand(
  { command, target, options }: ParsedCommand<PolicyCommand>,
  { context, dryRunPolicy }: PolicyTools,
  { line, note }: Output,
): Promise<boolean> {
  if (command === 'policy schema') {
    line(policyJsonSchema());
    return true;
  }
  const policy = await readPolicy(target, context);
  if (command === 'policy test') {
    const results = await runCases(policy, await readCases(options['cases']), dryRunPolicy);
    for (const { name, failure } of results)
      line(failure === '' ? `ok    ${name}` : `FAIL  ${name}: ${failure}`);
    const failed = results.filter(({ failure }) => failure !== '').length;
    note(`${results.length - failed} passed, ${failed} failed`);
    return failed === 0;
  }
  for (const rule of policy.rules) line(`${rule.action}\t${rule.id}\t${scopeText(rule)}`);
  note(`${policy.label} is valid; it ${policy.enforces ? 'enforces' : 'monitors'}`);
  const { sample, key = '', team } = options;
  if (sample === undefined) return true;
  const result = await dryRunPolicy(policy, await textOf(sample), { key, team });
  for (const text of resultLines(result)) line(text);
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

async function readPolicy(path: string, context: PolicyContext): Promise<Policy> {
  const name = basename(path, extname(path));
  const [policy] = compileAll([{ name, path, text: await textOf(path) }], context).values();
  if (!policy) throw new Error(`${path}: contains no policy`);
  return policy;
}

async function readCases(path: string | undefined): Promise<readonly TestCase[]> {
  if (path === undefined) throw new UsageError('policy test needs --cases FILE');
  const result = casesFile.safeParse(parsePolicyText(await textOf(path)));
  if (result.success) return result.data.cases;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${path}: ${issues.join('; ')}`);
}

async function runCases(policy: Policy, cases: readonly TestCase[], dryRunPolicy: DryRunPolicy) {
  const results: { name: string; failure: string }[] = [];
  for (const testCase of cases) {
    const { key, team } = testCase;
    const result = await dryRunPolicy(policy, JSON.stringify(sampleOf(testCase)), { key, team });
    results.push({ name: testCase.name, failure: failureOf(testCase, result) });
  }
  return results;
}

function sampleOf({ request, text, response, model }: TestCase): unknown {
  if (request) return { model, ...request };
  if (response === undefined) return { model, messages: [{ role: 'user', content: text ?? '' }] };
  return { type: 'message', role: 'assistant', model, content: [{ type: 'text', text: response }] };
}

/** Empty when the case passed. */
function failureOf(
  { expect, rules }: TestCase,
  { action, hits, failedChecks }: DryRunResult,
): string {
  if (failedChecks.length > 0) return `no result for ${failedChecks.join(', ')}`;
  const ids = hits.map(({ rule }) => rule.id).toSorted((a, b) => (a < b ? -1 : 1));
  const actual = `${action} by ${ids.join(', ') || 'no rule'}`;
  if (action !== expect) return `expected ${expect}, got ${actual}`;
  const wanted = rules?.toSorted((a, b) => (a < b ? -1 : 1));
  return wanted === undefined || wanted.join() === ids.join()
    ? ''
    : `expected the rules ${wanted.join(', ') || 'none'}, got ${actual}`;
}

function* resultLines({ action, hits, failedChecks }: DryRunResult): Generator<string> {
  yield `sample: ${action}`;
  for (const { rule, places } of hits) {
    yield `  ${rule.action}\t${rule.id}\t${rule.severity}`;
    for (const place of places) yield `    ${place}`;
  }
  for (const id of failedChecks) yield `  no result for ${id}`;
}

function scopeText({
  onRequest,
  onResponse,
  parts,
  latestTurnOnly,
}: Policy['rules'][number]): string {
  const on = [onRequest ? 'request' : '', onResponse ? 'response' : ''].filter(
    (text) => text !== '',
  );
  return [on.join(' and '), [...parts].join(','), latestTurnOnly ? 'latest turn only' : '']
    .filter((text) => text !== '')
    .join('\t');
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`${path}: is not a readable file`);
  });
}
