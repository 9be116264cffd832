// The commands about policies. They need neither a gateway nor a store. What runs them is loaded when one runs.

import type { CommandSpec } from '../command-spec.ts';

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
    run: async (invocation) => await (await import('../run-policy.ts')).runCheck(invocation),
  },
  {
    name: 'policy test',
    summary: 'Run the cases of a file against a policy.',
    args: [FILE],
    options: [
      { flags: '--cases <file>', description: 'file of cases', isRequired: true, names: 'file' },
    ],
    examples: ['llmp policy test strict.yaml --cases cases.yaml'],
    run: async (invocation) => await (await import('../run-policy.ts')).runTest(invocation),
  },
  {
    name: 'policy schema',
    summary: 'Print the JSON Schema of policy files, for editors.',
    examples: ['llmp policy schema > policy.schema.json'],
    async run({ out }) {
      out.line((await import('../policy-check.ts')).policyJsonSchema());
    },
  },
];
