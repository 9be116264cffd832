// `policy check`: what a policy is, and what it would do to a sample.

import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import * as z from 'zod';
import type { PolicyContext } from '../../shared/policy/compile.ts';
import { policySchema } from '../../shared/policy/document.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import { compileAll } from '../host/policy-watch.ts';
import type { DryRunResult, SampleCaller } from './policy-dry-run.ts';
import type { PolicyTools } from './policy-tools.ts';
import type { Column } from './table.ts';
import { NOTHING } from './table.ts';
import { UsageError } from './usage-error.ts';

export interface RuleView {
  readonly id: string;
  readonly action: string;
  readonly on: readonly string[];
  readonly parts: readonly string[];
  readonly latest_turn_only: boolean;
}

export const RULE_COLUMNS: readonly Column<RuleView>[] = [
  { title: 'action', of: ({ action }) => action, isKept: true },
  { title: 'rule', of: ({ id }) => id, isKept: true },
  { title: 'on', of: ({ on }) => on.join(' and '), isKept: true },
  { title: 'parts', of: ({ parts }) => parts.join(','), short: ({ parts }) => parts.join(', ') },
  { title: 'turns', of: (view) => (view.latest_turn_only ? 'latest turn only' : NOTHING) },
];

export function ruleView(rule: Policy['rules'][number]): RuleView {
  const { id, action, onRequest, onResponse, parts, latestTurnOnly } = rule;
  const on = [onRequest ? 'request' : '', onResponse ? 'response' : ''];
  return {
    id,
    action,
    on: on.filter((text) => text !== ''),
    parts: [...parts],
    latest_turn_only: latestTurnOnly,
  };
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

/** @param shown the path as it was given. @throws Error that names it when the file is invalid */
export async function readPolicy(
  path: string,
  shown: string,
  context: PolicyContext,
): Promise<Policy> {
  const name = basename(path, extname(path));
  const file = { name, path: shown, text: await textOf(path, shown) };
  const [policy] = compileAll([file], context).values();
  if (!policy) throw new Error(`${shown}: contains no policy`);
  return policy;
}

export async function checkPolicy(
  policy: Policy,
  path: string,
  shown: string,
  { dryRunPolicy }: PolicyTools,
  { key, team }: SampleCaller,
): Promise<DryRunResult> {
  const sample = await textOf(path, shown);
  return await about(shown, () => dryRunPolicy(policy, sample, { key, team }));
}

export function sampleView({ action, hits, failedChecks }: DryRunResult) {
  const rules = hits.map(({ rule: { id, action: does, severity }, places }) => {
    return { id, action: does, severity, places };
  });
  return { action, rules, failed_checks: failedChecks };
}

export function* sampleLines({ action, hits, failedChecks }: DryRunResult): Generator<string> {
  yield `sample: ${action}`;
  for (const { rule, places } of hits) {
    yield `  ${rule.action}\t${rule.id}\t${rule.severity}`;
    for (const place of places) yield `    ${place}`;
  }
  for (const id of failedChecks) yield `  no result for ${id}`;
}

/** Errors of what a file holds name the file. @param shown the path as it was given */
export async function about<Result>(
  shown: string,
  read: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Error(`${shown}: ${error.message}`, { cause: error });
  }
}

export async function textOf(path: string, shown: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`${shown}: is not a readable file`);
  });
}
