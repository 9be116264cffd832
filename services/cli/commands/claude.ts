// `llmp claude`: Claude Code with this gateway, or the environment for it.

import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { isKeyFormat } from '../../../shared/keys.ts';
import type { Environment } from '../../config/injected.ts';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { UsageError } from '../usage-error.ts';

export const claudeCommand: CommandSpec = {
  name: 'claude',
  summary: 'Run Claude Code through the gateway, or print the environment for it.',
  details:
    'Uses the key of --key or LLMP_KEY, or the first key while its file is in the data directory. ' +
    'Words after -- go to Claude Code.',
  args: [
    { name: 'args', description: 'arguments of Claude Code', isOptional: true, isRepeated: true },
  ],
  options: [
    { flags: '--key <key>', description: 'an llmp key, the whole of it (LLMP_KEY)' },
    {
      flags: '--print-env',
      description: 'print the environment as shell commands, and run nothing',
    },
  ],
  examples: [
    'llmp claude',
    'llmp claude -- -p "What does this repository do?"',
    'eval "$(llmp claude --print-env)"',
  ],
  async run(invocation) {
    const { args, options, out, world } = invocation;
    const url = gatewayUrl(invocation);
    const key = keyOf(invocation);
    const variables = { ANTHROPIC_BASE_URL: url, ANTHROPIC_AUTH_TOKEN: key };
    if (out.isJson) {
      out.json(variables);
      return 0;
    }
    if (options.has('print-env')) {
      for (const [name, value] of Object.entries(variables))
        out.line(`export ${name}=${quoted(value)}`);
      out.line('unset ANTHROPIC_API_KEY');
      return 0;
    }
    const file = programIn(world.env, 'claude');
    if (file === undefined) {
      throw new Error(
        'Claude Code is not installed: no claude in PATH; --print-env prints the environment',
      );
    }
    out.note(`Claude Code through ${url}`);
    // A key of the provider would take precedence over the token, and leave this machine.
    const { ANTHROPIC_API_KEY: _providerKey, ...env } = world.env;
    return await world.runProgram({ file, args, env: { ...env, ...variables } });
  },
};

function gatewayUrl({ options, environment, config }: Invocation): string {
  const url = options.text('url') ?? environment().env['LLMP_URL'];
  if (url) return url.replace(/\/+$/, '');
  const { host, port } = config().http;
  const isWildcard = host === '0.0.0.0' || host === '::';
  const shown = isWildcard ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${shown}:${port}`;
}

function keyOf({ options, environment, config }: Invocation): string {
  const given = options.text('key') ?? environment().env['LLMP_KEY'];
  if (given) {
    if (isKeyFormat(given)) return given;
    throw new UsageError(
      given.startsWith('llmp_')
        ? '--key is mistyped or cut short: its checksum is wrong'
        : '--key must be a whole key, which starts with llmp_; an id or name is not enough',
    );
  }
  const path = resolve(config().dataDir, 'first-key');
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new UsageError(
      `--key is required, as there is no first key in ${path}; create one with llmp keys create --name claude`,
    );
  }
}

function quoted(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function programIn(env: Environment, name: string): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
