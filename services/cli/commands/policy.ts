// The commands about policies. They need neither a gateway nor a store.

import { resolve } from 'node:path';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { storedKeyId } from '../stored-key.ts';
import {
  checkPolicy,
  policyJsonSchema,
  readPolicy,
  RULE_COLUMNS,
  ruleView,
  sampleLines,
  sampleView,
} from '../policy-check.ts';
import { readCases, runCases } from '../policy-cases.ts';
import { openPolicyTools, type PolicyTools } from '../policy-tools.ts';

const FILE = { name: 'file', description: 'policy file, YAML or JSON', names: 'file' } as const;

export const POLICY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'policy check',
    summary: 'Validate a policy file; with a sample, show what it would do.',
    args: [FILE],
    options: [
      { flags: '--sample <file>', description: 'a request or a response as JSON', names: 'file' },
      { flags: '--key <key>', description: 'as if this key had sent it', names: 'key' },
      {
        flags: '--team <team>',
        description: 'as if a key of this team had sent it',
        names: 'team',
      },
    ],
    examples: [
      'llmp policy check strict.yaml',
      'llmp policy check strict.yaml --sample request.json --team search',
    ],
    run: async (invocation) => await runCheck(invocation, await toolsOf(invocation)),
  },
  {
    name: 'policy test',
    summary: 'Run the cases of a file against a policy.',
    args: [FILE],
    options: [
      { flags: '--cases <file>', description: 'file of cases', isRequired: true, names: 'file' },
    ],
    examples: ['llmp policy test strict.yaml --cases cases.yaml'],
    run: async (invocation) => await runTest(invocation, await toolsOf(invocation)),
  },
  {
    name: 'policy schema',
    summary: 'Print the JSON Schema of policy files, for editors.',
    examples: ['llmp policy schema > policy.schema.json'],
    async run({ out }) {
      out.line(policyJsonSchema());
    },
  },
];

async function toolsOf({ config, world }: Invocation): Promise<PolicyTools> {
  return await openPolicyTools(config(), world.clock);
}

/** @throws when the file is invalid */
export async function runCheck(invocation: Invocation, tools: PolicyTools): Promise<number> {
  const { args, options, out, world } = invocation;
  const policy = await readPolicy(resolve(world.cwd, args[0] ?? ''), args[0] ?? '', tools.context);
  const path = options.text('sample');
  const key = await storedKeyId(invocation, options.text('key'));
  const result =
    path === undefined
      ? undefined
      : await checkPolicy(policy, resolve(world.cwd, path), path, tools, {
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
export async function runTest(invocation: Invocation, tools: PolicyTools): Promise<number> {
  const { args, options, out, world } = invocation;
  const policy = await readPolicy(resolve(world.cwd, args[0] ?? ''), args[0] ?? '', tools.context);
  const path = options.text('cases') ?? '';
  const cases = await readCases(resolve(world.cwd, path), path);
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
