// `policy test`: runs a table of cases against a policy.

import * as z from 'zod';
import { parsePolicyText } from '../config/policy-files.ts';
import { ACTIONS } from '../../shared/policy/document.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import { about, textOf } from './policy-check.ts';
import type { DryRunPolicy, DryRunResult } from './policy-dry-run.ts';

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

/** @param shown the path as it was given */
export async function readCases(path: string, shown: string): Promise<readonly TestCase[]> {
  const text = await textOf(path, shown);
  const result = casesFile.safeParse(await about(shown, () => parsePolicyText(text)));
  if (result.success) return result.data.cases;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${shown}: ${issues.join('; ')}`);
}

export interface CaseResult {
  readonly name: string;
  /** Empty when the case passed. */
  readonly failure: string;
}

export async function runCases(
  policy: Policy,
  cases: readonly TestCase[],
  dryRunPolicy: DryRunPolicy,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const testCase of cases) {
    const { key, team } = testCase;
    const sample = JSON.stringify(sampleOf(testCase));
    const result = await about(`the case ${JSON.stringify(testCase.name)}`, () =>
      dryRunPolicy(policy, sample, { key, team }),
    );
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
