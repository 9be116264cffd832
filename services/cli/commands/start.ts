import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CommandSpec } from '../command-spec.ts';
import { UsageError } from '../usage-error.ts';
import { gatewaySettings } from '../settings.ts';

/** As `npm start` runs it: with the default of Node, new objects alone take 128 MB. */
const NODE_OPTIONS = ['--max-semi-space-size=16'];

export const startCommand: CommandSpec = {
  name: 'start',
  summary: 'Start the gateway, or some of its workers.',
  details:
    'Without a worker, all run in this process. A process of some workers needs NATS_URL: ' +
    'ingress, scrubber, policy, rag, upstream.',
  args: [
    {
      name: 'worker',
      description: 'workers to host',
      isOptional: true,
      isRepeated: true,
      choices: ['ingress', 'scrubber', 'policy', 'rag', 'upstream'],
    },
  ],
  examples: [
    'llmp start',
    'LLMP_PORT=9000 llmp start',
    'NATS_URL=nats://broker:4222 llmp start scrubber policy',
  ],
  async run({ args, options, world }) {
    if (options.has('url')) throw new UsageError('start runs a gateway here: leave out --url');
    // Not in the npm package, whose program has checked the version.
    const boot = new URL('../../host/boot.mjs', import.meta.url);
    const imports = existsSync(boot) ? ['--import', boot.href] : [];
    const main = fileURLToPath(new URL('../../main.ts', import.meta.url));
    return await world.runProgram({
      file: process.execPath,
      args: [...NODE_OPTIONS, ...imports, main, ...args],
      env: gatewaySettings(world.env, options),
    });
  },
};
