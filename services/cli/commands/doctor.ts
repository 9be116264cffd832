import { configurationCheck, programCheck } from '../doctor/check.ts';
import type { Check } from '../doctor/check.ts';
import { gatewayChecks } from '../doctor/gateway-checks.ts';
import { serverChecks } from '../doctor/server-checks.ts';
import { upstreamChecks } from '../doctor/upstream-checks.ts';
import type { CommandSpec, Invocation } from '../command-spec.ts';
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
    const checks = await checksOf(invocation);
    out.list({ data: checks }, checks, COLUMNS);
    const failed = checks.filter(({ state }) => state === 'fail').length;
    out.note(failed === 0 ? 'Nothing to mend.' : `${failed} to mend.`);
    return failed === 0 ? 0 : 1;
  },
};

async function checksOf(invocation: Invocation): Promise<Check[]> {
  const { options, environment, world } = invocation;
  const program = programCheck();
  const { check, config, url } = configurationCheck(invocation);
  const given = options.text('url') ?? url;
  if (given) {
    const { env } = environment();
    const adminKey = options.text('admin-key') ?? env['LLMP_ADMIN_KEY'] ?? env['LLMP_ADMIN_TOKEN'];
    return [program, ...(await gatewayChecks(given, world.clock, { adminKey, isRequired: true }))];
  }
  if (!config) return [program, check];
  const { host, port } = config.http;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const own = `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
  const found = await Promise.all([
    serverChecks(config, world.clock),
    upstreamChecks(config, world.clock),
    gatewayChecks(own, world.clock, { adminKey: undefined, isRequired: false }),
  ]);
  return [program, check, ...found.flat()];
}
