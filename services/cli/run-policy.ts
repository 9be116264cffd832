// `policy check` and `policy test`.

import { resolve } from 'node:path';
import type { Invocation } from './command-spec.ts';
import { readCases, runCases } from './policy-cases.ts';
import {
  checkPolicy,
  readPolicy,
  RULE_COLUMNS,
  ruleView,
  sampleLines,
  sampleView,
} from './policy-check.ts';
import { openPolicyTools, type PolicyTools } from './policy-tools.ts';
import { storedTenant } from './stored-key.ts';

async function toolsOf({ config, world }: Invocation): Promise<PolicyTools> {
  return await openPolicyTools(config(), world.clock);
}

/** @throws when the file is invalid */
export async function runCheck(invocation: Invocation): Promise<number> {
  const tools = await toolsOf(invocation);
  const { args, options, out, world } = invocation;
  const policy = await readPolicy(resolve(world.cwd, args[0] ?? ''), args[0] ?? '', tools.context);
  const path = options.text('sample');
  const key = await storedTenant(invocation, options.text('key'));
  const result =
    path === undefined
      ? undefined
      : await checkPolicy(policy, resolve(world.cwd, path), `--sample ${path}`, tools, {
          key,
          team: options.text('team'),
        });
  const rules = policy.rules.map(ruleView);
  if (out.isJson) {
    const { label, enforces } = policy;
    out.json({ policy: label, enforces, rules, ...(result ? { sample: sampleView(result) } : {}) });
  } else {
    out.list(rules, rules, RULE_COLUMNS);
    out.note(`${policy.label} is valid; it ${policy.enforces ? 'enforces' : 'monitors'}`);
    if (result) for (const text of sampleLines(result)) out.line(text);
  }
  return 0;
}

/** @returns 1 when a case failed. @throws when a file is invalid */
export async function runTest(invocation: Invocation): Promise<number> {
  const tools = await toolsOf(invocation);
  const { args, options, out, world } = invocation;
  const policy = await readPolicy(resolve(world.cwd, args[0] ?? ''), args[0] ?? '', tools.context);
  const path = options.text('cases') ?? '';
  const cases = await readCases(resolve(world.cwd, path), `--cases ${path}`);
  const results = await runCases(policy, cases, tools.dryRunPolicy);
  const failed = results.filter(({ failure }) => failure !== '').length;
  const passed = results.length - failed;
  if (out.isJson) out.json({ passed, failed, cases: results });
  else {
    for (const { name, failure } of results) {
      if (failure !== '') out.line(`FAIL  ${name}: ${failure}`);
      else if (!out.isQuiet) out.line(`ok    ${name}`);
    }
  }
  out.note(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
