// Runs one command line.

import { resolve } from 'node:path';
import { redisAddresses } from '../../shared/runtime/redis-url.ts';
import { readConfig, type Config } from '../config/config.ts';
import { loadEnvFile } from '../config/env-file.ts';
import type { Admin } from './admin/admin.ts';
import type { Invocation } from './command-spec.ts';
import { failureOf } from './failure.ts';
import { parseCommandLine, type Parsed } from './parse.ts';
import { Printer } from './printer.ts';
import { gatewaySettings } from './settings.ts';
import { MissingCommand } from './usage-error.ts';
import type { World } from './world.ts';

/**
 * @param args the words after `llmp`
 * @returns the exit code: 0, 1 for a failure, 2 for a wrong command line or setting
 */
export async function runLlmp(args: readonly string[], world: World): Promise<number> {
  let parsed: Parsed | undefined;
  try {
    parsed = parseCommandLine(args, world.stdout.columns);
    if (parsed.kind === 'text') {
      world.stdout.write(`${parsed.text}\n`);
      return 0;
    }
    return await runCommand(parsed, world);
  } catch (error) {
    if (error instanceof MissingCommand) {
      world.stderr.write(`${error.message}\n`);
      return 2;
    }
    const spec = parsed?.kind === 'command' ? parsed.spec : undefined;
    const { message, exitCode } = failureOf(error, spec);
    world.stderr.write(`error: ${message}\n`);
    return exitCode;
  }
}

async function runCommand(
  { spec, args, options }: Extract<Parsed, { kind: 'command' }>,
  world: World,
): Promise<number> {
  const out = new Printer(world, {
    isJson: options.has('json'),
    isQuiet: options.has('quiet'),
  });
  const read: { environment?: ReturnType<Invocation['environment']>; config?: Config } = {};
  const environment = () => (read.environment ??= readEnvironment(world));
  const config = () => {
    const { env, envFile } = environment();
    return (read.config ??= readConfig(gatewaySettings(env, options), [], envFile));
  };
  const opened: { admin?: Promise<Admin> } = {};
  const admin = () => (opened.admin ??= openAdmin(invocation));
  const invocation: Invocation = { spec, args, options, out, world, environment, config, admin };
  try {
    return (await spec.run(invocation)) ?? 0;
  } finally {
    await (await opened.admin?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }
}

function readEnvironment({ env, cwd }: World): ReturnType<Invocation['environment']> {
  const all = { ...env };
  return { envFile: loadEnvFile(all, cwd), env: all };
}

async function openAdmin(invocation: Invocation): Promise<Admin> {
  const { options, world, out, config } = invocation;
  const { env } = invocation.environment();
  const url = options.text('url') ?? env['LLMP_URL'];
  if (url) {
    const adminKey = options.text('admin-key') ?? env['LLMP_ADMIN_KEY'] ?? env['LLMP_ADMIN_TOKEN'];
    const { gatewayAt } = await import('./admin/admin-client.ts');
    const { createRemoteAdmin } = await import('./admin/remote-admin.ts');
    const gateway = gatewayAt(url, adminKey);
    if (!options.has('url')) out.note(`Gateway: ${gateway.url}`);
    return createRemoteAdmin(gateway);
  }
  const settings = config();
  const { openLocalAdmin } = await import('./admin/local-admin.ts');
  const admin = await openLocalAdmin(settings, world.clock, options.has('create-store'));
  if (!options.has('data-dir')) noteStore(settings, invocation);
  return admin;
}

/** Silent where the environment of this process names the store. */
function noteStore({ redisUrl, dataDir }: Config, { world: { env, cwd }, out }: Invocation): void {
  if (redisUrl === null) {
    if (!env['LLMP_DATA_DIR']) out.note(`Store: ${resolve(cwd, dataDir)}`);
  } else if (!env['REDIS_URL'] && !env['REDIS_URL_FILE']) {
    out.note(`Store: Redis at ${redisAddresses(redisUrl)}`);
  }
}
