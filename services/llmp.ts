// The operator's command, beside a running gateway or without one: it works on the configured store
// itself, so it needs the settings of the ingress and no admin token.
//   npm run llmp -- keys create --name laptop

import { LlmpError } from '../shared/errors.ts';
import { systemClock } from '../shared/clock.ts';
import { ConfigError, readConfig } from './config.ts';
import { UsageError } from './command-line.ts';
import { runCommand } from './commands.ts';
import { createKeyRegister } from './keys/key-register.ts';
import { createTeamRegister } from './keys/team-register.ts';
import { createUsageRegister } from './keys/usage-register.ts';
import { openStore } from './open-store.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env, []);
  // Connection errors come back from the command that met them.
  await using store = await openStore(config, () => {});
  const keys = createKeyRegister({ store, clock: systemClock });
  const teams = createTeamRegister({ store });
  await runCommand(
    process.argv.slice(2),
    { keys, teams, usage: createUsageRegister({ store, clock: systemClock }) },
    {
      line: (text) => void process.stdout.write(`${text}\n`),
      note: (text) => void process.stderr.write(`${text}\n`),
    },
  );
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  // As commands do: 2 for a line or a setting that is wrong, 1 for what could not be done.
  const isMisuse =
    error instanceof ConfigError ||
    error instanceof UsageError ||
    (error instanceof LlmpError && error.code === 'invalid_request');
  process.exitCode = isMisuse ? 2 : 1;
}
