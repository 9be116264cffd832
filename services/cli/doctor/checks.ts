import type { Invocation } from '../command-spec.ts';
import { configurationCheck, programCheck, type Check } from './check.ts';
import { gatewayChecks } from './gateway-checks.ts';
import { serverChecks } from './server-checks.ts';
import { upstreamChecks } from './upstream-checks.ts';

/** Of the gateway that is named, or else of these settings and all they name. */
export async function checksOf(invocation: Invocation): Promise<Check[]> {
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
