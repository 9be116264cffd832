import { join } from 'node:path';
import type { CommandSpec } from '../command-spec.ts';
import { readProcesses, startCommands, writeNatsConfig } from '../../host/nats-config.ts';
import { START } from '../../host/program-name.ts';
import { UsageError } from '../usage-error.ts';

/** Reachable from this machine alone. */
const LISTEN = '127.0.0.1:4222';

export const natsConfigCommand: CommandSpec = {
  name: 'nats-config',
  summary: 'Write users, passwords and permissions for a NATS server.',
  details:
    'Each argument names the workers of one kind of process, which gets a user of its own with the ' +
    'permissions it needs. Without arguments, these are ingress, scrubber,policy,rag and upstream. ' +
    'The files are in the folder nats of the data directory, only you can read them, and passwords ' +
    'stay the same when it runs again. Prints the commands that start everything.',
  args: [
    {
      name: 'workers',
      description: 'workers of one process, separated by commas',
      isOptional: true,
      isRepeated: true,
    },
  ],
  options: [
    { flags: '--listen <address>', description: `where the server listens (${LISTEN})` },
    { flags: '--rotate', description: 'replace the passwords of an earlier run' },
  ],
  examples: [
    'llmp nats-config',
    'llmp nats-config ingress scrubber,policy rag upstream --listen 0.0.0.0:4222',
    'llmp nats-config --rotate',
  ],
  async run({ args, options, out, world, config }) {
    if (options.has('url')) throw new UsageError('nats-config writes files here: leave out --url');
    const listen = options.text('listen') ?? LISTEN;
    if (!/^[\w.:[\]-]+:\d{1,5}$/.test(listen)) {
      throw new UsageError(`--listen must be HOST:PORT, such as ${LISTEN}`);
    }
    const written = writeNatsConfig({
      directory: join(config().dataDir, 'nats'),
      processes: processesOf(args),
      listen,
      rotates: options.has('rotate'),
    });
    const commands = startCommands(written, { listen, from: world.cwd, start: START });
    if (out.isJson) return out.json({ ...written, commands });
    out.note(`Wrote ${written.path} and a password file for each user. Start, each in a terminal:`);
    for (const command of commands) out.line(command);
  },
};

function processesOf(args: readonly string[]) {
  try {
    return readProcesses(args);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
