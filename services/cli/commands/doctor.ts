import type { Check } from '../doctor/check.ts';
import type { CommandSpec } from '../command-spec.ts';
import { NOTHING, type Column } from '../table.ts';

const COLUMNS: readonly Column<Check>[] = [
  { title: 'check', of: ({ check }) => check, isKept: true },
  { title: 'state', of: ({ state }) => state, isKept: true, isState: true },
  { title: 'found', of: ({ found }) => found, isKept: true },
  { title: 'remedy', of: ({ remedy }) => remedy ?? NOTHING },
];

export const doctorCommand: CommandSpec = {
  name: 'doctor',
  summary: 'Check settings, servers, upstream, policies and clock, and say what to mend.',
  details:
    'With --url, checks that gateway and the admin key instead. Sends an upstream nothing but a ' +
    'request for its list of models. Exits with 1 if a check fails.',
  examples: ['llmp doctor', 'llmp doctor --json', 'llmp doctor --url https://llmp.example.com'],
  async run(invocation) {
    const { out } = invocation;
    // Loads whatever it checks.
    const { checksOf } = await import('../doctor/checks.ts');
    const checks = await checksOf(invocation);
    out.list({ data: checks }, checks, COLUMNS);
    const failed = checks.filter(({ state }) => state === 'fail').length;
    out.note(failed === 0 ? 'Nothing to mend.' : `${failed} to mend.`);
    return failed === 0 ? 0 : 1;
  },
};
